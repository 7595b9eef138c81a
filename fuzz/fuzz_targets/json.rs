#![no_main]

use exports::fuzzing;

libfuzzer_sys::fuzz_target!(
    init: fuzzing::ignore_caught_panics(),
    |bytes: &[u8]| fuzzing::json(bytes)
);
