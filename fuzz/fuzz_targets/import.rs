#![no_main]

use voxql::fuzzing;

libfuzzer_sys::fuzz_target!(
    init: fuzzing::let_caught_panics_pass(),
    |bytes: &[u8]| fuzzing::import(bytes)
);
