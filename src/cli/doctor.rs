//! `voxql doctor`: checks a lake, and repairs what can be.

use super::args::DoctorArgs;
use crate::failure::{Failure, print_json, print_line};
use crate::lake::{DoctorOptions, Lake};

pub(super) async fn run(lake: &Lake, args: &DoctorArgs) -> Result<(), Failure> {
    let options = DoctorOptions {
        full: args.full,
        repair: args.repair,
    };
    let diagnosis = lake.doctor(&options).await?;
    if args.json {
        print_json(serde_json::to_string_pretty(&diagnosis).expect("findings are JSON"))?;
    } else {
        print_line(&diagnosis)?;
    }
    if diagnosis.is_well() {
        Ok(())
    } else {
        Err(Failure::Refused)
    }
}
