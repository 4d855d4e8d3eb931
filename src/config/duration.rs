//! Durations: `100ms` and up, `90s`, `5m`, `4h`, `30d`.
//!
//! All are [`TimeDelta`], which is what is added to a point in time; the clients that want a
//! [`std::time::Duration`] convert it where they are made.

use chrono::TimeDelta;
use toml::Value;

use super::mistake::{Problem, code};
use super::values::{Parsed, text};
use crate::token::{LONGEST, SHORTEST, length_of_time};

pub(super) fn duration(value: &Value) -> Parsed<TimeDelta> {
    let cure = r#"write it as "100ms", "90s", "5m", "4h" or "30d""#;
    let duration =
        length_of_time(&text(value)?).ok_or_else(|| Problem::shape("it is not a duration", cure))?;
    if (SHORTEST..=LONGEST).contains(&duration) {
        return Ok(duration);
    }
    Err(Problem::new(code::OUT_OF_RANGE, "it is not between 100ms and ten years", cure))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<TimeDelta> {
        duration(&Value::String(text.to_owned())).ok()
    }

    #[test]
    fn every_unit_is_read() {
        assert_eq!(read("100ms"), Some(TimeDelta::milliseconds(100)));
        assert_eq!(read("90s"), Some(TimeDelta::seconds(90)));
        assert_eq!(read("5m"), Some(TimeDelta::minutes(5)));
        assert_eq!(read("4h"), Some(TimeDelta::hours(4)));
        assert_eq!(read("30d"), Some(TimeDelta::days(30)));
    }

    #[test]
    fn other_text_is_no_duration() {
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "-5s",
            "1.5s",
            "1h30m",
            "5S",
            "99ms",
            "0s",
            "9999d",
            "99999999999999999999s",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert!(duration(&Value::Integer(5)).is_err());
    }
    proptest! {
        #[test]
        fn a_duration_is_within_bounds_or_none(text in ".{0,12}", number: u64, unit in "(ms|s|m|h|d|y|)") {
            for text in [text, format!("{number}{unit}"), format!("-{number}{unit}")] {
                prop_assert!(read(&text).is_none_or(|duration| (SHORTEST..=LONGEST).contains(&duration)));
            }
        }

        #[test]
        fn a_duration_is_read_as_it_is_written(millis in 100_i64..315_619_200_000) {
            prop_assert_eq!(read(&format!("{millis}ms")), Some(TimeDelta::milliseconds(millis)));
        }
    }
}
