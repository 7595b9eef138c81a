//! Coverage of the 95 % intervals by simulation: the table in the README.
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
    rng: &mut fastrand::Rng,
    [promoters, passives, _]: [f64; 3],
    responses: u32,
) -> NpsCounts {
    let mut counts = NpsCounts::default();
    for _ in 0..responses {
        let draw = rng.f64();
        let category = if draw < promoters {
            &mut counts.promoters
        } else if draw < promoters + passives {
            &mut counts.passives
        } else {
            &mut counts.detractors
        };
        *category += 1.0;
    }
    counts
}

fn main() {
    let mut rng = fastrand::Rng::with_seed(SEED);
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
            let mut hits = [0_u32; 3];
            for _ in 0..SAMPLES {
                let counts = sample(&mut rng, shares, responses);
                for (hits, method) in hits.iter_mut().zip(methods) {
                    let interval = counts.interval(method, Confidence::NINETY_FIVE);
                    let interval = interval.expect("some responses");
                    *hits += u32::from((interval.low..=interval.high).contains(&truth));
                }
            }
            let percentages = hits.map(|hits| {
                let percentage = 100.0 * f64::from(hits) / f64::from(SAMPLES);
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
