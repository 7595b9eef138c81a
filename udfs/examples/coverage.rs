//! How often the 95 % intervals hold the true score, by simulation: the table of the README.
//!
//! `cargo run --release --example coverage -p datafusion-functions-nps`

use datafusion_functions_nps::{Confidence, IntervalMethod, NpsCounts};

const SAMPLES: u32 = 20_000;
const SEED: u64 = 2016;
const RESPONSES: [u32; 4] = [10, 50, 200, 1000];

/// Shares of promoters, passives and detractors.
const SHAPES: [(&str, [f64; 3]); 4] = [
    ("even", [1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]),
    ("good", [0.60, 0.25, 0.15]),
    ("excellent", [0.85, 0.12, 0.03]),
    ("polarised", [0.45, 0.10, 0.45]),
];

fn sample(
    dice: &mut fastrand::Rng,
    [promoters, passives, _]: [f64; 3],
    responses: u32,
) -> NpsCounts {
    let mut counts = NpsCounts::default();
    for _ in 0..responses {
        let toss = dice.f64();
        let category = if toss < promoters {
            &mut counts.promoters
        } else if toss < promoters + passives {
            &mut counts.passives
        } else {
            &mut counts.detractors
        };
        *category += 1.0;
    }
    counts
}

fn main() {
    let mut dice = fastrand::Rng::with_seed(SEED);
    let methods = [
        IntervalMethod::Wald,
        IntervalMethod::AdjustedWald,
        IntervalMethod::Score,
    ];
    println!("| shape (promoters, passives, detractors) | n | Wald | adjusted Wald | score |");
    println!("|---|---|---|---|---|");
    for (shape, shares) in SHAPES {
        let truth = 100.0 * (shares[0] - shares[2]);
        for responses in RESPONSES {
            let mut held = [0_u32; 3];
            for _ in 0..SAMPLES {
                let counts = sample(&mut dice, shares, responses);
                for (held, method) in held.iter_mut().zip(methods) {
                    let interval = counts.interval(method, Confidence::NINETY_FIVE);
                    let interval = interval.expect("there are responses");
                    *held += u32::from((interval.low..=interval.high).contains(&truth));
                }
            }
            let percentages = held.map(|held| {
                let percentage = 100.0 * f64::from(held) / f64::from(SAMPLES);
                format!("{percentage:.1} %")
            });
            let shares = shares
                .map(|share| format!("{:.0}", 100.0 * share))
                .join(", ");
            println!(
                "| {shape} ({shares}) | {responses} | {} |",
                percentages.join(" | ")
            );
        }
    }
}
