//! Entries as rows for a spreadsheet (RFC 4180). For reading; only the JSON lines can be verified.

use serde::Serialize;

use super::{Field, FieldValue, Personal, Recorded};

/// The first row, without the line end.
pub const CSV_HEADER: &str = "n,at,action,actor,slack,github,login,rule,organization,request,grant,token,key,\
    result,policies,fields,hash";

/// Stands for a personal value that was removed.
const FORGOTTEN: &str = "(forgotten)";

/// What makes a spreadsheet take a cell for a formula (owasp.org, CSV_Injection).
const STARTS_A_FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// One entry's row, without the line end, which is CR LF.
pub fn csv_row(recorded: &Recorded) -> String {
    let Recorded { entry, place } = recorded;
    let (actor, subject) = (&entry.actor, &entry.subject);
    let known = actor.personal();
    let personal = |name: &str| {
        let of_that_name = known.iter().find(|(other, _)| *other == name);
        of_that_name.map_or(String::new(), |(_, personal)| shown(personal).to_owned())
    };
    let cells = [
        optional(place.map(|place| place.n)),
        entry.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        entry.action.to_string(),
        actor.kind().to_owned(),
        personal("slack"),
        personal("github"),
        personal("login"),
        optional(actor.rule()),
        optional(subject.organization),
        optional(subject.request),
        optional(subject.grant),
        optional(subject.token),
        optional(subject.key.as_deref()),
        entry.result.clone(),
        json(&entry.policies),
        json(&entry.fields.iter().map(Detail::from).collect::<Vec<_>>()),
        optional(place.map(|place| place.hash)),
    ];
    cells.map(|text| csv_cell(&text)).join(",")
}

/// A field in its cell. JSON, because any separator of ours could be typed by a stranger.
#[derive(Serialize)]
struct Detail<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> From<&'a Field> for Detail<'a> {
    fn from(field: &'a Field) -> Self {
        let value = match &field.value {
            FieldValue::Plain(value) => value,
            FieldValue::Personal(personal) => shown(personal),
        };
        Self { name: &field.name, value }
    }
}

fn shown(personal: &Personal) -> &str {
    personal.value().unwrap_or(FORGOTTEN)
}

fn optional(value: Option<impl ToString>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and lists always have a spelling in JSON")
}

/// Where some spreadsheets begin another cell, whatever is quoted: where commas stand in numbers, semicolons part cells, and a
/// quotation mark counts at the beginning of a line alone.
const BEGINS_A_CELL: [char; 4] = [';', '\t', '\r', '\n'];

/// Quotes what needs it and takes the meaning from what a spreadsheet would calculate.
pub fn csv_cell(text: &str) -> String {
    let text = harmless(text);
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len() + 1);
    // Whether a cell may begin here.
    let mut begins = true;
    for (at, letter) in text.char_indices() {
        let starts = match at {
            0 => STARTS_A_FORMULA.contains(&letter),
            // Two line ends, or CR LF, are no formula.
            _ => begins && matches!(letter, '=' | '+' | '-' | '@'),
        };
        if starts {
            harmless.push('\'');
        }
        harmless.push(letter);
        // Quotation marks around a cell, and spaces before it, are not of it.
        let is_before_it = letter == '"' || letter.is_whitespace();
        begins = BEGINS_A_CELL.contains(&letter) || (begins && is_before_it);
    }
    harmless
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::export::{Line, read};
    use crate::audit::golden::LOG;
    use crate::audit::samples::approval;
    use crate::audit::{Actor, Entry, Recorded};
    use crate::chance::Chance;

    #[test]
    fn a_row_has_a_cell_for_each_column_of_the_header() {
        let vote = LOG.lines().nth(4).unwrap();
        let Line::Entry(recorded) = read(vote.as_bytes()).unwrap() else { panic!("line 5 is an entry") };

        insta::assert_snapshot!(CSV_HEADER, @"n,at,action,actor,slack,github,login,rule,organization,request,grant,token,key,result,policies,fields,hash");
        insta::assert_snapshot!(csv_row(&recorded), @r#"4,2026-11-23T09:02:00.999Z,vote.accepted,person,U0ALICE,101,alice,,9,25381,,98716,r-7f3k2,done,"[""approvers"",""settle""]","[{""name"":""verdict"",""value"":""approve""},{""name"":""reason"",""value"":""Größe: \""ok\""\n\t=1+1 👍""}]",a52310958a05bfc2724441e6a4994860f4d1065ae4f2eda73f3b7035c71fee3c"#);
    }

    #[test]
    fn a_forgotten_value_says_so() {
        let mut entry = approval(&Chance::seeded(1));
        entry.forget("alice");
        entry.forget("Release bot, as agreed");

        let row = csv_row(&Recorded { entry, place: None });

        assert_eq!(row.matches(FORGOTTEN).count(), 2, "{row}");
    }

    #[test]
    fn strangers_text_calculates_nothing_and_ends_no_cell() {
        for (text, expected) in [
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "\"'\r'=1\""),
            ("\n=1", "\"'\n'=1\""),
            ("a;=1", "a;'=1"),
            ("a;b; =1", "a;b; '=1"),
            (";\"=HYPERLINK(\"x\");", "\";\"\"'=HYPERLINK(\"\"x\"\");\""),
            (";\"\"=1", "\";\"\"\"\"'=1\""),
            ("a\n\"=1", "\"a\n\"\"'=1\""),
            ("\"=1", "\"\"\"'=1\""),
            (" \u{a0}@SUM(A1)", " \u{a0}'@SUM(A1)"),
            ("a;b =1", "a;b =1"),
            ("say \"=1\"", "\"say \"\"=1\"\"\""),
            ("a\r\n@SUM(A1)", "\"a\r\n'@SUM(A1)\""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("it's 1-1=0", "it's 1-1=0"),
        ] {
            assert_eq!(csv_cell(text), expected);
        }
    }

    #[test]
    fn a_rule_is_named() {
        let rule = Actor::Rule { name: "small".into() };
        let entry = Entry { actor: rule, ..approval(&Chance::seeded(1)) };

        assert!(csv_row(&Recorded { entry, place: None }).contains(",rule,,,,small,"));
    }
}
