//! Lengths of time in a filter, as in the configuration: `100ms` and up, `90s`, `45m`, `12h`, `30d`.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;

/// Shorter intervals would only keep the machine busy.
pub(crate) const SHORTEST: TimeDelta = TimeDelta::milliseconds(100);

/// Ten years; a point in time plus this is still one.
pub(crate) const LONGEST: TimeDelta = TimeDelta::days(3653);

/// A length of time, written as in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(TimeDelta);

/// Text that is no length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it takes a time such as 90s, 45m, 12h or 30d, from 100ms to ten years")]
pub struct SpanError;

impl Span {
    pub fn delta(self) -> TimeDelta {
        self.0
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let length = length_of_time(&text.to_lowercase());
        length.filter(|length| (SHORTEST..=LONGEST).contains(length)).map(Self).ok_or(SpanError)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.num_milliseconds();
        let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
        let unit = units.into_iter().find(|(unit, _)| millis % unit == 0);
        let (unit, letters) = unit.unwrap_or((1, "ms"));
        write!(f, "{}{letters}", millis / unit)
    }
}

/// A number and its unit, however long that is; nothing for other text.
pub(crate) fn length_of_time(text: &str) -> Option<TimeDelta> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number = number.parse().ok()?;
    match unit {
        "ms" => TimeDelta::try_milliseconds(number),
        "s" => TimeDelta::try_seconds(number),
        "m" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        _ => None,
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
