//! The progress line of an import, on standard error.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;

use crate::ingest::{IngestProgress, IngestStep};

/// Imports shorter than this show no line.
const SHOWN_AFTER: Duration = Duration::from_secs(1);

const INTERVAL: Duration = Duration::from_millis(100);

/// The progress line; dropping it clears it.
pub(crate) struct ProgressLine {
    progress: Arc<IngestProgress>,
    drawing: Option<JoinHandle<()>>,
}

impl ProgressLine {
    /// Shows the import of the file `name`, if standard error is a terminal.
    pub(crate) fn start(name: &str) -> Self {
        let progress = Arc::new(IngestProgress::default());
        let drawing = io::stderr()
            .is_terminal()
            .then(|| tokio::spawn(draw(Arc::clone(&progress), name.to_owned())));
        Self { progress, drawing }
    }

    /// The time of each step, such as `reading 0.120 s · writing 0.030 s`.
    pub(crate) fn times(&self) -> String {
        let times = self.progress.step_times().into_iter().map(|(step, time)| {
            let step = match step {
                IngestStep::Understanding => "detecting",
                IngestStep::Reading => "reading",
                IngestStep::Comparing => "comparing",
                IngestStep::Writing => "writing",
                IngestStep::Counting => "counting",
            };
            format!("{step} {:.3} s", time.as_secs_f64())
        });
        times.collect::<Vec<_>>().join(" · ")
    }

    /// The progress that the import updates.
    pub(crate) fn progress(&self) -> Arc<IngestProgress> {
        Arc::clone(&self.progress)
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let Some(drawing) = self.drawing.take() {
            drawing.abort();
        }
    }
}

async fn draw(progress: Arc<IngestProgress>, name: String) {
    tokio::time::sleep(SHOWN_AFTER).await;
    let mut line = Line::new(name);
    loop {
        line.show(&progress);
        tokio::time::sleep(INTERVAL).await;
    }
}

/// The line on the screen, cleared on drop.
struct Line {
    bar: ProgressBar,
    step: Option<IngestStep>,
}

impl Line {
    fn new(name: String) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self {
            bar: bar.with_prefix(name),
            step: None,
        }
    }

    fn show(&mut self, progress: &IngestProgress) {
        let step = progress.step();
        if self.step != Some(step) {
            self.step = Some(step);
            self.begin(step);
        }
        let (done, total) = match step {
            IngestStep::Writing => (progress.rows(), progress.rows_total()),
            _ => (progress.bytes(), progress.bytes_total()),
        };
        self.bar.set_length(total.max(1));
        self.bar.set_position(done);
        if step == IngestStep::Reading {
            let seconds = self.bar.elapsed().as_secs_f64().max(0.1);
            let rate = progress.rows() as f64 / seconds;
            self.bar
                .set_message(format!("{} rows/s", indicatif::HumanCount(rate as u64)));
        }
        self.bar.tick();
    }

    fn begin(&mut self, step: IngestStep) {
        let template = match step {
            IngestStep::Understanding => "{prefix}  detecting the layout  {bytes}",
            IngestStep::Reading => {
                "{prefix}  reading  {wide_bar} {bytes}/{total_bytes}  {msg}  {eta} left"
            }
            IngestStep::Writing => {
                "{prefix}  writing  {wide_bar} {human_pos}/{human_len}  {eta} left"
            }
            IngestStep::Counting => "{prefix}  counting  {spinner}",
            _ => "{prefix}  comparing with the lake  {spinner}",
        };
        let style = ProgressStyle::with_template(template).expect("the templates are well formed");
        self.bar.set_style(style);
        self.bar.set_message("");
        self.bar.reset();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
