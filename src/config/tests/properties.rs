//! Whatever is written: a configuration or mistakes, never a panic.

use std::path::Path;

use proptest::prelude::*;

use super::*;

/// Literals of every type, right and wrong.
const LITERALS: [&str; 16] = [
    "\"\"",
    "\"x\"",
    "\"5s\"",
    "\"99999999999999999999d\"",
    "\"C0X\"",
    "\"slack:\"",
    "\"[a\"",
    "\"ä:/@?#\"",
    "-1",
    "9223372036854775807",
    "nan",
    "true",
    "2026-11-23",
    "[]",
    "[[], {}, \"\", 1]",
    "{ x = 1 }",
];

/// The reference with some of its values replaced.
fn distorted() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), prop::sample::select(&LITERALS));
    prop::collection::vec(change, 1..12).prop_map(|changes| {
        let mut lines: Vec<_> = REFERENCE.lines().map(str::to_owned).collect();
        for (index, literal) in changes {
            let line = index.get_mut(&mut lines);
            if let Some((key, _)) = line.split_once(" = ") {
                *line = format!("{key} = {literal}");
            }
        }
        lines.join("\n")
    })
}

fn variables() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![
        "COUNTERSIGN__[A-Z_]{0,12}",
        "COUNTERSIGN__(GITHUB|SLACK|TIMING)__(APP_ID|API_URL|LEASE|BOT_TOKEN|WEBHOOK_SECRET)",
        ".{0,8}",
    ];
    prop::collection::vec((name, ".{0,12}"), 0..4)
}

/// Either is fine; what is told has a place, a cure and fits on lines.
fn is_sensible(result: Result<Config, Mistakes>) -> bool {
    match result {
        Ok(_) => true,
        Err(mistakes) => {
            let is_whole = |text: &str| !text.is_empty() && !text.contains('\n');
            mistakes.iter().count() > 0
                && mistakes
                    .iter()
                    .all(|one| is_whole(&one.key) && is_whole(&one.problem) && is_whole(&one.cure))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_a_configuration_or_mistakes(text in "(?s).{0,200}", variables in variables()) {
        prop_assert!(is_sensible(Config::parse(&text, Path::new("/nowhere"), variables)));
    }

    #[test]
    fn any_values_are_a_configuration_or_mistakes(text in distorted(), variables in variables()) {
        prop_assert!(is_sensible(Config::parse(&text, Path::new("/nowhere"), variables)));
    }
}
