//! Active tokens as rows of a table that a spreadsheet opens: RFC 4180, and nothing in it is calculated.
//!
//! The one place for that, whoever asks: the command line, or a person in Slack.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::audit::csv_cell;
use crate::ids::SlackUserId;
use crate::request::{By, Expiry, Key, Level, Permission, Repositories, State, TokenRequest};
use crate::store::Mirrored;
use crate::token::{Approval, Token, Use, led_to};

/// Stands for what the record or GitHub does not tell.
const UNKNOWN: &str = "unknown";

/// Which columns a table of tokens has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// What each token is.
    Inventory,
    /// For somebody who goes through them and decides about each: who approved it, and room for a verdict.
    Review,
}

/// What a row tells besides the token itself.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// Of when what is known of the organization's tokens is.
    pub as_of: Option<DateTime<Utc>>,
    /// For a review: who the owner is in Slack.
    pub owner: Option<&'a SlackUserId>,
    /// For a review: the requests for it, the newest first.
    pub requests: &'a [TokenRequest],
    /// Whether the reader may see a request.
    pub may_see: &'a dyn Fn(&TokenRequest) -> bool,
}

impl Columns {
    /// The name in the record and in jobs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inventory => "inventory",
            Self::Review => "review",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Inventory, Self::Review].into_iter().find(|columns| columns.name() == name)
    }

    /// The first row, without the line end.
    pub fn header(self) -> &'static str {
        match self {
            Self::Inventory => {
                "key,organization,owner,owner_id,name,permissions,repositories,granted_at,expires,last_used,state,grant,\
                 token,as_of"
            }
            Self::Review => {
                "key,grant,organization,name,owner,owner_in_slack,permissions,repositories,granted_at,request,\
                 approved_by,approved_at,last_used,expires,state,as_of,keep or revoke"
            }
        }
    }

    /// A token's row, without the line end, which is CR LF.
    pub fn row(self, one: &Mirrored, beside: &Beside<'_>) -> String {
        let cells = match self {
            Self::Inventory => inventory(one, beside.as_of),
            Self::Review => review(one, beside),
        };
        cells.iter().map(|text| csv_cell(text)).collect::<Vec<_>>().join(",")
    }
}

fn inventory(one: &Mirrored, as_of: Option<DateTime<Utc>>) -> Vec<String> {
    let token = &one.token;
    vec![
        token.key.to_string(),
        token.login.to_string(),
        token.owner.login.to_string(),
        token.owner.id.to_string(),
        token.name.clone().unwrap_or_default(),
        permissions(token).join(" "),
        repositories(&token.repositories).join(" "),
        moment_or_unknown(token.granted_at),
        expires(token.expiry),
        used(token.used),
        one.presence.name().to_owned(),
        token.grant.to_string(),
        token.token.map_or_else(String::new, |id| id.to_string()),
        moment_or_unknown(as_of),
    ]
}

fn review(one: &Mirrored, beside: &Beside<'_>) -> Vec<String> {
    let token = &one.token;
    let [request, by, at] = approved(token, beside);
    vec![
        token.key.to_string(),
        token.grant.to_string(),
        token.login.to_string(),
        token.name.clone().unwrap_or_default(),
        token.owner.login.to_string(),
        beside.owner.map(ToString::to_string).unwrap_or_default(),
        permissions(token).join(" "),
        repositories(&token.repositories).join(" "),
        moment_or_unknown(token.granted_at),
        request,
        by,
        at,
        used(token.used),
        expires(token.expiry),
        one.presence.name().to_owned(),
        moment_or_unknown(beside.as_of),
        String::new(),
    ]
}

/// By which request it was granted, who approved that, and when.
fn approved(token: &Token, beside: &Beside<'_>) -> [String; 3] {
    let unknown = || UNKNOWN.to_owned();
    match led_to(token, beside.requests) {
        None => [String::new(), unknown(), unknown()],
        Some((request, _)) if !(beside.may_see)(request) => [(); 3].map(|()| "(hidden)".to_owned()),
        Some((request, approval)) => [
            Key::to_string(&request.key),
            approver(&approval),
            settled_at(request).map_or_else(unknown, time),
        ],
    }
}

fn settled_at(request: &TokenRequest) -> Option<DateTime<Utc>> {
    match &request.state {
        State::Settled(settled) => Some(settled.at),
        State::Pending { .. } | State::Deciding(_) => None,
    }
}

/// `person alice (U0ALICE), person bob (U0BOB)`, `rule small`, `GitHub user monalisa`, `granted without review` or `unknown`.
fn approver(approval: &Approval<'_>) -> String {
    match approval {
        Approval::People { by, others } => {
            let others = others.iter().map(By::from);
            let all = others.chain([(*by).clone()]).filter_map(|by| match by {
                By::Person { slack, login, .. } => Some(format!("person {login} ({slack})")),
                By::Rule { .. } | By::GitHubUser { .. } | By::Requester | By::Unknown => None,
            });
            all.collect::<Vec<_>>().join(", ")
        }
        Approval::Rule { policy } => format!("rule {policy}"),
        Approval::GitHubUser { login, .. } => format!("GitHub user {login}"),
        Approval::Unreviewed => "granted without review".to_owned(),
        Approval::Unknown => UNKNOWN.to_owned(),
    }
}

/// `repository:contents:write`, by GitHub's words.
pub fn permissions(token: &Token) -> Vec<String> {
    let spelled =
        |(Permission { group, name }, level): (&Permission, &Level)| format!("{group}:{name}:{level}");
    token.permissions.iter().map(spelled).collect()
}

/// By name, or one word in brackets; what is not known is said.
pub fn repositories(repositories: &Repositories) -> Vec<String> {
    let words = match repositories {
        Repositories::None => return vec!["(none)".to_owned()],
        Repositories::All => return vec!["(all)".to_owned()],
        Repositories::Unknown(word) => return vec![format!("(unknown: {word})")],
        Repositories::Subset { listed, .. } => listed.iter().map(|one| one.full_name.clone()),
    };
    let more = (!repositories.is_fully_listed()).then(|| "(others, not read)".to_owned());
    words.chain(more).collect()
}

pub fn expires(expiry: Expiry) -> String {
    match expiry {
        Expiry::Never => "never".to_owned(),
        Expiry::Unknown => UNKNOWN.to_owned(),
        Expiry::At(at) => time(at),
    }
}

pub fn used(used: Use) -> String {
    match used {
        Use::Never => "never".to_owned(),
        Use::Unknown => UNKNOWN.to_owned(),
        Use::At(at) => time(at),
    }
}

/// `2026-11-23T12:00:00Z`.
pub fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn moment_or_unknown(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| UNKNOWN.to_owned(), time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::{pending, vote};
    use crate::request::{Evidence, Outcome, Settlement, Verdict};
    use crate::store::Presence;
    use crate::token::samples::{ago, token};

    fn mirrored(token: Token) -> Mirrored {
        let (first_seen_at, seen_at) = (ago(1), ago(1));
        Mirrored {
            token,
            presence: Presence::Active,
            first_seen_at,
            seen_at,
            gone_at: None,
            listed_at: Some(seen_at),
        }
    }

    fn row(columns: Columns, token: Token, requests: &[TokenRequest], may_see: bool) -> String {
        let owner = SlackUserId::new("U0OCTOCAT");
        let beside = Beside {
            as_of: Some(ago(0)),
            owner: Some(&owner),
            requests,
            may_see: &|_: &TokenRequest| may_see,
        };
        columns.row(&mirrored(token), &beside)
    }

    fn approved() -> TokenRequest {
        let by = (&vote(Verdict::Approve)).into();
        let settlement = Settlement::new(Outcome::Approved, by, Evidence::Told, ago(1));
        TokenRequest { state: State::Settled(settlement), ..pending() }
    }

    #[test]
    fn every_row_has_a_cell_for_each_column() {
        for columns in [Columns::Inventory, Columns::Review] {
            let row = row(columns, Token { granted_at: Some(ago(1)), ..token() }, &[approved()], true);
            assert_eq!(row.split(',').count(), columns.header().split(',').count(), "{row}");
            assert_eq!(Columns::parse(columns.name()), Some(columns));
        }
    }

    #[test]
    fn a_review_tells_who_approved_what_and_leaves_room_for_a_verdict() {
        let granted = || Token { granted_at: Some(ago(1)), ..token() };

        let known = row(Columns::Review, granted(), &[approved()], true);
        let hidden = row(Columns::Review, granted(), &[approved()], false);
        let unknown = row(Columns::Review, granted(), &[], true);

        assert!(known.contains(&format!(",{},person alice (U0ALICE),", approved().key)), "{known}");
        assert!(known.contains(",octocat,U0OCTOCAT,") && known.ends_with(','), "{known}");
        assert!(hidden.contains(",(hidden),(hidden),(hidden),") && !hidden.contains("alice"), "{hidden}");
        assert!(unknown.contains(",,unknown,unknown,"), "{unknown}");
    }

    #[test]
    fn what_an_owner_called_a_token_is_not_calculated() {
        for columns in [Columns::Inventory, Columns::Review] {
            let row = row(columns, Token { name: Some("=1+1".to_owned()), ..token() }, &[], true);
            assert!(row.contains(",'=1+1,"), "{row}");
        }
    }
}
