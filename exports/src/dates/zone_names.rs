//! Names of time zones in cells, such as CET and PDT, and the offsets from UTC that they stand for.

use chrono::{NaiveDate, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::day::{Day, Order};

/// The zones that a name means.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    /// One zone.
    Sure,
    /// One zone in almost all files, and surely beside the name of its other season.
    Likely(&'static [Tz], &'static str),
    /// Several zones, unless the name of its other season is beside it.
    Open(&'static [Tz], &'static str),
}

use Meaning::{Likely, Open, Sure};

/// Names with their minutes east of UTC, a zone that uses them, and the others that do.
#[rustfmt::skip]
const NAMES: [(&str, i32, Tz, Meaning); 49] = [
    ("CET", 60, Tz::Europe__Berlin, Sure), ("CEST", 120, Tz::Europe__Berlin, Sure),
    ("MEZ", 60, Tz::Europe__Berlin, Sure), ("MESZ", 120, Tz::Europe__Berlin, Sure),
    ("WET", 0, Tz::Europe__Lisbon, Sure), ("WEST", 60, Tz::Europe__Lisbon, Sure),
    ("EET", 120, Tz::Europe__Athens, Sure), ("EEST", 180, Tz::Europe__Athens, Sure),
    ("MSK", 180, Tz::Europe__Moscow, Sure), ("TRT", 180, Tz::Europe__Istanbul, Sure),
    ("BST", 60, Tz::Europe__London, Likely(&[Tz::Asia__Dhaka], "")),
    ("JST", 540, Tz::Asia__Tokyo, Sure), ("KST", 540, Tz::Asia__Seoul, Sure),
    ("HKT", 480, Tz::Asia__Hong_Kong, Sure), ("SGT", 480, Tz::Asia__Singapore, Sure),
    ("WIB", 420, Tz::Asia__Jakarta, Sure), ("PKT", 300, Tz::Asia__Karachi, Sure),
    ("IDT", 180, Tz::Asia__Jerusalem, Sure),
    ("IST", 120, Tz::Asia__Jerusalem, Open(&[Tz::Asia__Kolkata, Tz::Europe__Dublin], "IDT")),
    ("SAST", 120, Tz::Africa__Johannesburg, Sure),
    ("AEST", 600, Tz::Australia__Sydney, Sure), ("AEDT", 660, Tz::Australia__Sydney, Sure),
    ("ACST", 570, Tz::Australia__Adelaide, Sure), ("ACDT", 630, Tz::Australia__Adelaide, Sure),
    ("AWST", 480, Tz::Australia__Perth, Sure),
    ("NZST", 720, Tz::Pacific__Auckland, Sure), ("NZDT", 780, Tz::Pacific__Auckland, Sure),
    ("HST", -600, Tz::Pacific__Honolulu, Sure),
    ("AKST", -540, Tz::America__Anchorage, Sure), ("AKDT", -480, Tz::America__Anchorage, Sure),
    ("PST", -480, Tz::America__Los_Angeles, Likely(&[Tz::Asia__Manila], "PDT")),
    ("PDT", -420, Tz::America__Los_Angeles, Sure),
    ("MST", -420, Tz::America__Denver, Likely(&[Tz::Asia__Kuala_Lumpur], "MDT")),
    ("MDT", -360, Tz::America__Denver, Sure),
    ("CST", -360, Tz::America__Chicago, Open(&[Tz::Asia__Shanghai, Tz::America__Havana], "CDT")),
    ("CDT", -300, Tz::America__Chicago, Sure),
    ("EST", -300, Tz::America__New_York, Likely(&[Tz::Australia__Sydney], "EDT")),
    ("EDT", -240, Tz::America__New_York, Sure),
    ("AST", -240, Tz::America__Halifax, Open(&[Tz::Asia__Riyadh], "ADT")),
    ("ADT", -180, Tz::America__Halifax, Sure),
    ("NST", -210, Tz::America__St_Johns, Sure), ("NDT", -150, Tz::America__St_Johns, Sure),
    ("BRT", -180, Tz::America__Sao_Paulo, Sure),
    ("ART", -180, Tz::America__Argentina__Buenos_Aires, Sure),
    ("CLT", -240, Tz::America__Santiago, Sure), ("CLST", -180, Tz::America__Santiago, Sure),
    ("COT", -300, Tz::America__Bogota, Sure), ("PET", -300, Tz::America__Lima, Sure),
    ("UYT", -180, Tz::America__Montevideo, Sure),
];

/// Names of both seasons together, for which no offset stands.
const WHOLE_YEAR: [(&str, Tz); 4] = [
    ("ET", Tz::America__New_York),
    ("CT", Tz::America__Chicago),
    ("MT", Tz::America__Denver),
    ("PT", Tz::America__Los_Angeles),
];

/// Years in which zones are compared.
const COMPARED: std::ops::RangeInclusive<i32> = 2005..=2025;

/// The most names that are kept of a column.
const NAMES_MAX: usize = 8;

/// The names of zones in a column.
#[derive(Clone, Debug, Default)]
pub struct ZoneNames {
    names: Vec<String>,
    /// `true` if a name of standard time is on a day of summer time, or the reverse.
    are_off_season: bool,
}

impl ZoneNames {
    pub fn count(&mut self, name: String, day: Day) {
        if let Some((_, minutes, zone, _)) = known(&name) {
            let orders = [Order::Day, Order::Month, Order::Year];
            let mut days = orders.into_iter().filter_map(|order| day.in_order(order));
            self.are_off_season |= !days.any(|day| uses_near(zone, day, minutes));
        }
        if !self.names.contains(&name) && self.names.len() < NAMES_MAX {
            self.names.push(name);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names, for messages.
    pub fn shown(&self) -> String {
        self.names.join(", ")
    }

    /// True if each name stands for one offset from UTC.
    pub fn are_offsets(&self) -> bool {
        !self.are_off_season && self.are_sure()
    }

    fn are_sure(&self) -> bool {
        self.names.iter().all(|name| match known(name) {
            Some((.., Sure)) => true,
            Some((.., Likely(_, other) | Open(_, other))) => {
                self.names.iter().any(|name| name == other)
            }
            None => false,
        })
    }

    /// The zone that the names are likely to mean.
    pub fn likely_zone(&self) -> Option<Tz> {
        let name = self.names.first()?;
        match known(name) {
            Some((_, _, zone, Sure | Likely(..))) => Some(zone),
            Some((_, _, zone, Open(..))) => Some(zone).filter(|_| self.are_sure()),
            None => whole_year(name),
        }
    }

    /// The offset of the first name, which some write all year: the zone of this offset, and its
    /// notation. `None` if no name is on a day of the other season.
    pub fn fixed_zone(&self) -> Option<(Tz, String)> {
        let (_, minutes, ..) = known(self.names.first()?).filter(|_| self.are_off_season)?;
        let hours = minutes / 60;
        // The tz database counts hours west of Greenwich.
        let zone = format!("Etc/GMT{:+}", -hours).parse().ok()?;
        (minutes % 60 == 0).then(|| (zone, format!("UTC{hours:+}")))
    }

    /// A name that is not used in a zone.
    pub fn contradicting(&self, zone: Tz) -> Option<&str> {
        let mut names = self.names.iter();
        names.find(|name| !can_mean(name, zone)).map(String::as_str)
    }

    /// True if the names can be one zone's winter and summer time.
    pub fn are_one_zone(&self) -> bool {
        let family = |zone: &String| match zone.as_str() {
            "MEZ" | "MESZ" | "CET" | "CEST" => "C".to_owned(),
            "WET" | "WEST" => "W".to_owned(),
            "EET" | "EEST" => "EE".to_owned(),
            "BST" => "B".to_owned(),
            zone => zone
                .replace("STANDARD", "")
                .replace("DAYLIGHT", "")
                .replace("SUMMER", "")
                .replace("ST", "T")
                .replace("DT", "T"),
        };
        let mut pairs = self.names.windows(2);
        pairs.all(|pair| family(&pair[0]) == family(&pair[1]))
    }
}

/// The seconds east of UTC that a name stands for.
pub fn offset(name: &str) -> Option<i32> {
    known(name).map(|(_, minutes, ..)| minutes * 60)
}

fn known(name: &str) -> Option<(&'static str, i32, Tz, Meaning)> {
    NAMES.into_iter().find(|(known, ..)| *known == name)
}

fn whole_year(name: &str) -> Option<Tz> {
    let mut names = WHOLE_YEAR.into_iter();
    names
        .find(|(known, _)| *known == name)
        .map(|(_, zone)| zone)
}

/// True if a zone's times can have this name, as far as it is known.
fn can_mean(name: &str, zone: Tz) -> bool {
    let is_like = |other: Tz| {
        COMPARED
            .clone()
            .all(|year| extremes(zone, year) == extremes(other, year))
    };
    let Some((_, minutes, usual, meaning)) = known(name) else {
        return whole_year(name).is_none_or(is_like);
    };
    let others = match meaning {
        Sure => &[],
        Likely(others, _) | Open(others, _) => others,
    };
    let is_summer = COMPARED.clone().any(|year| {
        let (least, greatest) = extremes(usual, year);
        least < greatest && greatest == minutes
    });
    let has_offset = COMPARED.clone().any(|year| {
        let (least, greatest) = extremes(zone, year);
        minutes == if is_summer { greatest } else { least }
    });
    has_offset || others.iter().any(|other| is_like(*other))
}

/// The least and the greatest minutes east of UTC in a year: standard and summer time.
fn extremes(zone: Tz, year: i32) -> (i32, i32) {
    let minutes = |month| {
        let day = NaiveDate::from_ymd_opt(year, month, 1);
        day.and_then(|day| noon_offset(zone, day))
            .unwrap_or_default()
    };
    let (january, july) = (minutes(1), minutes(7));
    (january.min(july), january.max(july))
}

/// True if the clocks of a zone have this offset on a day, or change to or from it.
fn uses_near(zone: Tz, day: NaiveDate, minutes: i32) -> bool {
    let days = [day.pred_opt(), day.succ_opt()];
    let mut offsets = days.into_iter().flatten().map(|day| noon_offset(zone, day));
    offsets.any(|offset| offset == Some(minutes))
}

/// The minutes east of UTC of a zone at noon.
fn noon_offset(zone: Tz, day: NaiveDate) -> Option<i32> {
    let noon = NaiveTime::from_hms_opt(12, 0, 0)?;
    let offset = zone
        .offset_from_local_datetime(&day.and_time(noon))
        .earliest()?;
    Some(offset.fix().local_minus_utc() / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str], day: &str) -> ZoneNames {
        let mut seen = ZoneNames::default();
        for name in names {
            seen.count((*name).to_owned(), Day::Known(day.parse().unwrap()));
        }
        seen
    }

    #[test]
    fn every_name_is_of_its_zone() {
        for (name, minutes, zone, _) in NAMES {
            assert!(can_mean(name, zone), "{name}");
            let seasons = COMPARED.map(|year| extremes(zone, year));
            let mut offsets = seasons
                .into_iter()
                .flat_map(|(least, greatest)| [least, greatest]);
            assert!(offsets.any(|offset| offset == minutes), "{name}");
        }
    }

    #[test]
    fn names_are_offsets_if_they_mean_one_zone_on_their_days() {
        for (seen, day, are_offsets, likely) in [
            (&["CET"][..], "2026-01-05", true, Some(Tz::Europe__Berlin)),
            (&["CET"], "2026-07-05", false, Some(Tz::Europe__Berlin)),
            (&["CEST"], "2026-03-29", true, Some(Tz::Europe__Berlin)),
            (&["JST"], "2026-07-05", true, Some(Tz::Asia__Tokyo)),
            (&["PDT"], "2026-07-05", true, Some(Tz::America__Los_Angeles)),
            (
                &["PST"],
                "2026-01-05",
                false,
                Some(Tz::America__Los_Angeles),
            ),
            (
                &["EST", "EDT"],
                "2026-03-08",
                true,
                Some(Tz::America__New_York),
            ),
            (&["MSK"], "2013-01-05", false, Some(Tz::Europe__Moscow)),
            (&["BST"], "2026-07-05", false, Some(Tz::Europe__London)),
            (&["ET"], "2026-07-05", false, Some(Tz::America__New_York)),
            (&["IST"], "2026-01-05", false, None),
            (&["CST"], "2026-01-05", false, None),
            (&["XYZ"], "2026-01-05", false, None),
        ] {
            let seen = names(seen, day);
            assert_eq!(seen.are_offsets(), are_offsets, "{seen:?}");
            assert_eq!(seen.likely_zone(), likely, "{seen:?}");
        }
        let fixed = names(&["EST"], "2026-07-05").fixed_zone();
        assert_eq!(fixed, Some((Tz::Etc__GMTPlus5, "UTC-5".to_owned())));
        assert_eq!(names(&["CET"], "2026-01-05").fixed_zone(), None);
    }

    #[test]
    fn zones_can_contradict_names() {
        for (name, zone, contradicts) in [
            ("JST", Tz::America__New_York, true),
            ("JST", Tz::Asia__Seoul, false),
            ("CET", Tz::Europe__Madrid, false),
            ("CET", Tz::Europe__London, true),
            ("CET", Tz::Etc__GMTMinus1, false),
            ("CET", Tz::UTC, true),
            ("CEST", Tz::Europe__Berlin, false),
            ("EST", Tz::America__New_York, false),
            ("EST", Tz::Australia__Melbourne, false),
            ("EST", Tz::America__Chicago, true),
            ("IST", Tz::Asia__Kolkata, false),
            ("IST", Tz::Asia__Jerusalem, false),
            ("IST", Tz::Asia__Tokyo, true),
            ("ET", Tz::America__Toronto, false),
            ("ET", Tz::America__Chicago, true),
            ("MSK", Tz::Europe__Moscow, false),
            ("XYZ", Tz::Asia__Tokyo, false),
        ] {
            let found = names(&[name], "2026-01-05");
            assert_eq!(
                found.contradicting(zone).is_some(),
                contradicts,
                "{name} {zone}"
            );
        }
    }

    #[test]
    fn names_can_be_of_one_zone() {
        let are_one_zone = |seen: &[&str]| names(seen, "2026-01-05").are_one_zone();
        assert!(are_one_zone(&["EST", "EDT"]) && are_one_zone(&["CET", "CEST"]));
        assert!(are_one_zone(&["AST"]) && !are_one_zone(&["EST", "PST"]));
    }
}
