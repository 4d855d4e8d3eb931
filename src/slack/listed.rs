//! Lists that stay short: what comes first is named, and the rest is a number.

use super::text::{cut, weight};

/// How much of a list is told in one place, and whether the rest can be read by a button beside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    weight: usize,
    has_details: bool,
    /// As many items are named, however short they are.
    most: usize,
}

impl Room {
    /// As much as somebody reads of one line on a phone.
    pub(super) const CARD: Self = Self::beside_details(400);

    /// The same where there is no Details button, or where everything is told anyway.
    pub(super) const ALONE: Self = Self { weight: 400, has_details: false, most: Self::MOST };

    /// Everything is named: for where what is not read must not be decided.
    pub(super) const WHOLE: Self = Self { weight: usize::MAX / 2, has_details: false, most: usize::MAX };

    /// See [`Room::most`].
    const MOST: usize = 8;

    pub(super) const fn beside_details(weight: usize) -> Self {
        Self { weight, has_details: true, most: Self::MOST }
    }

    /// The same place, with this much room.
    pub(super) fn of(self, weight: usize) -> Self {
        Self { weight, ..self }
    }

    /// As many are named of what is told most briefly: `few`, unless everything is.
    pub(super) fn at_most(self, few: usize) -> usize {
        if self.most == usize::MAX { self.most } else { few }
    }

    pub(super) fn weight(self) -> usize {
        self.weight
    }

    /// `a, b, and 3 more, see Details`
    pub(super) fn list(self, items: &[String]) -> String {
        let named: Vec<_> = items.iter().take(self.most).map(String::as_str).collect();
        self.fill(&named, |few| match items.len() - few {
            0 => String::new(),
            more if self.has_details => format!(", and {more} more, see Details"),
            more => format!(", and {more} more"),
        })
    }

    /// `a, b, +3 more in Details (all private)`: `named` are some of `total`, with a remark on them.
    pub(super) fn names(self, named: &[&str], total: u64, remark: &str) -> String {
        self.fill(named, |few| match total.saturating_sub(few as u64) {
            0 => remark.to_owned(),
            more if self.has_details => format!(", +{more} more in Details{remark}"),
            more => format!(", +{more} more{remark}"),
        })
    }

    /// As many as fit together with what is said of the others; one that has no room even alone is cut.
    fn fill(self, named: &[&str], others: impl Fn(usize) -> String) -> String {
        let [first, ..] = named else { return String::new() };
        let written = |few: usize| format!("{}{}", named[..few].join(", "), others(few));
        let fitting = (1..=named.len()).rev().map(written).find(|text| weight(text) <= self.weight);
        fitting.unwrap_or_else(|| {
            let others = others(1);
            format!("{}{others}", cut(first, self.weight.saturating_sub(weight(&others))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str], weight: usize) -> String {
        let items: Vec<_> = items.iter().map(|item| (*item).to_owned()).collect();
        Room::beside_details(weight).list(&items)
    }

    #[test]
    fn a_list_that_fits_is_told_whole() {
        assert_eq!(list(&["read code", "push code"], 20), "read code, push code");
        assert_eq!(list(&[], 20), "");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        assert_eq!(list(&["read code", "push code", "x"], 40), "read code, push code, x");
        let three = ["read code", "push code", "change workflows"];
        assert_eq!(list(&three, 37), "read code, and 2 more, see Details");
        assert_eq!(Room::ALONE.of(25).list(&["a".repeat(9), "b".repeat(90)]), "aaaaaaaaa, and 1 more");
    }

    #[test]
    fn no_more_than_eight_are_named() {
        let many: Vec<_> = (1..=40).map(|number| number.to_string()).collect();

        assert_eq!(Room::CARD.list(&many), "1, 2, 3, 4, 5, 6, 7, 8, and 32 more, see Details");
        assert_eq!(Room::CARD.list(&many[..8]), "1, 2, 3, 4, 5, 6, 7, 8");
    }

    #[test]
    fn one_that_is_too_long_is_cut_and_the_others_are_still_counted() {
        assert_eq!(list(&["&".repeat(90).as_str(), "b"], 40), "&&…, and 1 more, see Details");
        assert_eq!(list(&["a".repeat(90).as_str()], 5), "aaaa…");
    }

    #[test]
    fn names_are_counted_from_all_that_are_meant() {
        let private = " (some private)";

        assert_eq!(
            Room::CARD.names(&["api", "web"], 14, private),
            "api, web, +12 more in Details (some private)"
        );
        assert_eq!(Room::ALONE.names(&["api", "web"], 14, ""), "api, web, +12 more");
        assert_eq!(Room::CARD.of(30).names(&["api", "website"], 2, ""), "api, website");
        assert_eq!(
            Room::CARD.of(27).names(&["api", "a-website-with-a-long-name"], 2, ""),
            "api, +1 more in Details"
        );
    }
}
