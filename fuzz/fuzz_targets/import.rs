#![no_main]

use exports::fuzzing::ignore_caught_panics;
use voxql::fuzzing;

libfuzzer_sys::fuzz_target!(
    init: ignore_caught_panics(),
    |bytes: &[u8]| fuzzing::import(bytes)
);
