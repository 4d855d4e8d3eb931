//! What is told to who asks for a file of tokens.

use std::time::Duration;

use super::{STRANGE, chain, shown, table};
use crate::app::table::Columns;
use crate::ids::Login;
use crate::request::Refusal;
use crate::request::samples::noon;
use crate::slack::exports::{self, Told};
use crate::slack::tokens::{AsOf, Suspended};
use crate::slack::{Trouble, messages};

fn told(columns: Columns, rows: u64) -> Told {
    let as_of = AsOf { organization: Login::new("acme"), at: Some(noon()), unreadable: 0 };
    Told {
        columns,
        rows,
        as_of: vec![as_of],
        suspended: Suspended::default(),
        refused: vec![],
        doubtful: vec![],
    }
}

fn in_part() -> Told {
    let logins = |names: &[&str]| names.iter().map(|name| Login::new(name)).collect::<Vec<_>>();
    let unread = AsOf { organization: Login::new("umbrella"), at: None, unreadable: 2 };
    let whole = told(Columns::Inventory, 5_001);
    let as_of = [whole.as_of, vec![unread]].concat();
    Told {
        as_of,
        suspended: Suspended { organizations: logins(&["octo-org"]), is_unsure: true },
        refused: logins(&["globex"]),
        doubtful: logins(&["initech", "hooli"]),
        columns: whole.columns,
        rows: whole.rows,
    }
}

fn troubles() -> Vec<Trouble> {
    let error = |error: &str| error.to_owned();
    let refused = |code: &str| Trouble::Refused { error: error(code), messages: vec![] };
    let mut all = chain(|after: Option<&Trouble>| {
        Some(match after {
            None => Trouble::RateLimited { after: Duration::from_secs(30) },
            Some(Trouble::RateLimited { .. }) => Trouble::Resting { until: noon() },
            Some(Trouble::Resting { .. }) => {
                Trouble::Unavailable { cause: error("no answer in time"), ambiguous: true }
            }
            Some(Trouble::Unavailable { .. }) => Trouble::BadTarget { error: error("messages_tab_disabled") },
            Some(Trouble::BadTarget { .. }) => Trouble::BadCredentials { error: error("token_revoked") },
            Some(Trouble::BadCredentials { .. }) => Trouble::MissingScope { scopes: vec!["files:write"] },
            Some(Trouble::MissingScope { .. }) => refused("file_uploads_disabled"),
            Some(Trouble::Refused { .. }) => Trouble::TriggerExpired { error: error("expired_url") },
            Some(Trouble::TriggerExpired { .. }) => Trouble::MessageGone,
            Some(Trouble::MessageGone) => Trouble::NotEditable { error: error("edit_window_closed") },
            Some(Trouble::NotEditable { .. }) => return None,
        })
    });
    all.extend([refused("storage_limit_reached"), refused("the upload: HTTP 413")]);
    all
}

#[test]
fn to_who_asks_for_a_file() {
    let plain = |words: &str| shown(&messages::words(words));
    let filter = format!("\"{STRANGE}\" unused>90d").parse().unwrap();
    let said = [
        ("asked", shown(&exports::asked(Columns::Inventory, &filter))),
        ("asked for everything, to review", shown(&exports::asked(Columns::Review, &"".parse().unwrap()))),
        ("beside it", exports::beside(&told(Columns::Inventory, 1)).as_str().to_owned()),
        ("beside one to review", exports::beside(&told(Columns::Review, 2)).as_str().to_owned()),
        ("beside a part", exports::beside(&in_part()).as_str().to_owned()),
        ("nothing fits", plain(&exports::nothing_fits(&told(Columns::Inventory, 0)))),
        ("nothing fits in a part", plain(&exports::nothing_fits(&in_part()))),
        ("can't tell", plain(&exports::refused(&Refusal::CannotTell { cause: STRANGE.to_owned() }))),
        ("refused", plain(&exports::refused(&Refusal::MayNotExport { organization: Login::new("acme") }))),
        ("nothing is known", plain(&exports::nothing_known(&Suspended::default()))),
        ("suspended", plain(&exports::nothing_known(&in_part().suspended))),
        ("too large", plain(&exports::too_large("the file would be larger than 128 MB"))),
        ("given up", plain(&exports::given_up("/pat"))),
        ("help", shown(&exports::help("/pat"))),
    ];
    let said = said.map(|(name, said)| (name.to_owned(), said)).into_iter();
    let not_sent = troubles().into_iter().map(|trouble| {
        let said = [exports::not_sent(&trouble), exports::delayed(&trouble)].map(|words| plain(&words));
        (format!("not sent: {}", trouble.class()), said.join("\n"))
    });

    insta::assert_snapshot!(table(said.chain(not_sent)));
}
