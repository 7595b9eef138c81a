//! Files with several events per response: the newest value of each column counts.

use chrono_tz::Tz;

use super::records::Record;
use crate::dates::{DateReader, DateStyle};
use crate::layout::header::Header;
use crate::profiles::Events;
use crate::profiles::bound::column_of;

/// Date styles of event times. No cell is valid in two of them with different meanings.
const STYLES: [DateStyle; 4] = [
    DateStyle::Day("%Y-%m-%d"),
    DateStyle::Day("%Y/%m/%d"),
    DateStyle::UnixSeconds,
    DateStyle::UnixMilliseconds,
];

/// The roles of the columns.
#[derive(Debug)]
pub struct EventsPlan {
    keys: Vec<Key>,
    time: Option<usize>,
}

#[derive(Debug)]
struct Key {
    columns: Vec<usize>,
    gap_micros: Option<i64>,
}

impl EventsPlan {
    /// Returns `None` if no column identifies the response of an event.
    pub fn new(events: &Events, header: &Header) -> Option<Self> {
        let keys = events.keys.iter().filter_map(|key| {
            let columns = key.columns.iter().map(|names| column_of(header, names));
            Some(Key {
                columns: columns.collect::<Option<_>>()?,
                gap_micros: key.gap_hours.map(|hours| i64::from(hours) * 3_600_000_000),
            })
        });
        let keys: Vec<Key> = keys.collect();
        (!keys.is_empty()).then(|| Self {
            keys,
            time: column_of(header, &events.time),
        })
    }

    /// Sets the key of an event to its response, if it has one.
    pub fn set_key(&self, record: &mut Record) {
        record.key = self.keys.iter().enumerate().find_map(|(which, key)| {
            let cells = key.columns.iter().map(|index| record.cells[*index].trim());
            let cells: Vec<&str> = cells.collect();
            let is_complete = cells.iter().all(|cell| !cell.is_empty());
            is_complete.then(|| format!("{which}\u{1f}{}", cells.join("\u{1f}")))
        });
    }

    /// Merges the events of one key into responses.
    pub fn responses(&self, mut events: Vec<Record>) -> Vec<Record> {
        let key = events[0].key.as_deref();
        let which = key.and_then(|key| key.split('\u{1f}').next()?.parse::<usize>().ok());
        let gap_micros = which.and_then(|which| self.keys.get(which)?.gap_micros);
        if events.len() > 1 && events.iter().any(|event| self.micros(event).is_none()) {
            for event in &mut events {
                event.problem = Some(
                    "the time of an event cannot be read, so the event cannot be assigned to one \
                     of the person's responses"
                        .to_owned(),
                );
            }
            return events;
        }
        // At the same time, the later row is newer.
        events.sort_by_key(|event| (self.micros(event), event.number));
        let mut responses: Vec<Record> = Vec::new();
        let mut last = None;
        for event in events {
            let micros = self.micros(&event);
            let continues = match (gap_micros, last, micros) {
                (Some(gap), Some(last), Some(micros)) => micros - last <= gap,
                _ => true,
            };
            last = micros;
            match responses.last_mut().filter(|_| continues) {
                Some(response) => {
                    response.number = response.number.min(event.number);
                    response.non_utf8_cells += event.non_utf8_cells;
                    response.replaced_chars += event.replaced_chars;
                    for (cell, newer) in response.cells.iter_mut().zip(event.cells) {
                        if !newer.trim().is_empty() {
                            *cell = newer;
                        }
                    }
                }
                None => responses.push(event),
            }
        }
        responses
    }

    fn micros(&self, event: &Record) -> Option<i64> {
        let cell = event.cells.get(self.time?)?;
        STYLES
            .into_iter()
            .find_map(|style| Some(DateReader::new(style, Tz::UTC).read(cell)?.micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_merged_into_responses() {
        let plan = EventsPlan {
            keys: vec![Key {
                columns: vec![0],
                gap_micros: Some(3_600_000_000),
            }],
            time: Some(1),
        };
        let event = |number: u64, time: &str, score: &str, comment: &str| {
            let cells = ["ana", time, score, comment].map(str::to_owned).to_vec();
            let mut record = Record {
                number,
                cells,
                ..Record::default()
            };
            plan.set_key(&mut record);
            record
        };
        let responses = plan.responses(vec![
            event(2, "2026-03-01 10:02:00", "", "fine"),
            event(3, "2026-03-01 10:01:00", "9", ""),
            event(4, "2026-03-02 10:01:00", "7", ""),
        ]);
        assert_eq!(responses.len(), 2);
        assert_eq!(
            responses[0].cells,
            ["ana", "2026-03-01 10:02:00", "9", "fine"]
        );
        assert_eq!(responses[0].number, 2);
        let unknown = plan.responses(vec![event(2, "soon", "1", ""), event(3, "later", "9", "")]);
        assert!(unknown.iter().all(|event| event.problem.is_some()));
    }
}
