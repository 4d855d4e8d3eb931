//! Lengths of time in a filter, as in the configuration: `100ms` and up, `90s`, `45m`, `12h`, `30d`.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A tenth of a second to ten years, as in the configuration.
const LEAST: i64 = 100;
const MOST: i64 = 3653 * DAY;

/// A length of time, written as in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    millis: i64,
}

/// Text that is no length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it takes a time such as 90s, 45m, 12h or 30d, from 100ms to ten years")]
pub struct SpanError;

impl Span {
    pub fn delta(self) -> TimeDelta {
        TimeDelta::milliseconds(self.millis)
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.find(|letter: char| !letter.is_ascii_digit()).ok_or(SpanError)?;
        let (number, unit) = text.split_at(digits);
        let unit = match unit.to_lowercase().as_str() {
            "ms" => 1,
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            _ => return Err(SpanError),
        };
        let millis = number.parse::<i64>().ok().and_then(|number| number.checked_mul(unit));
        let millis = millis.filter(|millis| (LEAST..=MOST).contains(millis)).ok_or(SpanError)?;
        Ok(Self { millis })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")];
        let unit = units.into_iter().find(|(unit, _)| self.millis % unit == 0);
        let (unit, letters) = unit.unwrap_or((1, "ms"));
        write!(f, "{}{letters}", self.millis / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_shown_in_the_largest_unit_that_fits() {
        let spans =
            [("30d", "30d"), ("48h", "2d"), ("36h", "36h"), ("60M", "1h"), ("90m", "90m"), ("90s", "90s")];
        for (text, shown) in spans.into_iter().chain([("120s", "2m"), ("100ms", "100ms"), ("2000ms", "2s")]) {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn other_text_is_no_span() {
        for text in
            ["", "d", "30", "-1d", "0d", "1.5d", "3654d", "99999999999999999999d", "1w", "1d2h", "99ms"]
        {
            assert!(text.parse::<Span>().is_err(), "{text:?}");
        }
    }
}
