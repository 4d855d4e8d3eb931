//! What people are told about active tokens.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use super::card::{ended_words, with_words};
use super::listed::Room;
use super::revocations::stands;
use super::text::{clean, cut};
use super::words::{by_danger, expiry, moment, permissions, phrase, repositories, warnings};
use super::{Block, Blocks, Button, ButtonElement, Fallback, Line, Message, Passage};
use crate::ids::{Login, SlackUserId};
use crate::request::{By, Facts, Key, Past, Refusal, Repositories, Repository, State, TokenRequest};
use crate::store::{Mirrored, Presence};
use crate::token::{EXAMPLE, Filter, NotUnderstood, Position, Revocation, Stage, Token, TokenKey, Use};

/// A token's name is its owner's, and may be long.
const NAME: usize = 80;

/// The same of why somebody decided so.
const REASON: usize = 200;

/// As many repositories are named at a time; nobody reads more in a message.
const NAMED: usize = 60;

/// As many lines share a block.
const LINES: usize = 20;

/// What is said while GitHub or Slack takes its time.
pub const LOOKING: &str =
    "Looking… GitHub or Slack takes its time to say who you are. The answer comes here.";

/// Whether there are such organizations is not for everybody to know, nor whether GitHub could tell more of one.
pub const NOTHING_KNOWN: &str = "No tokens are known: no organization like that has been read yet, or you may see nothing there, as far as can \
     be told now.";

/// Of organizations that are not named.
const UNSURE_WHERE_SUSPENDED: &str =
    "The App is suspended where we can't tell whether you may see tokens: none are shown from there.";

/// Where a list goes on: behind which place, and what was asked for. It is no right to see any of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokensPage {
    pub after: Option<Position>,
    pub filter: Filter,
}

/// `POSITION FILTER`, with `-` for the first page.
impl fmt::Display for TokensPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.after {
            Some(position) => write!(f, "{position} {}", self.filter),
            None => write!(f, "- {}", self.filter),
        }
    }
}

impl FromStr for TokensPage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (place, filter) = text.split_once(' ').ok_or(())?;
        let after = if place == "-" { None } else { Some(place.parse()?) };
        Ok(Self { after, filter: filter.parse().map_err(|_| ())? })
    }
}

/// A page of one token's repositories, counted from 0. It is no right to see any of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoriesPage {
    pub token: TokenKey,
    pub page: u32,
}

/// `t-7f3k2a 1`
impl fmt::Display for RepositoriesPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.token, self.page)
    }
}

impl FromStr for RepositoriesPage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (token, page) = text.split_once(' ').ok_or(())?;
        Ok(Self { token: token.parse().map_err(|_| ())?, page: page.parse().map_err(|_| ())? })
    }
}

/// A token with whom its owner is in Slack.
#[derive(Debug, Clone)]
pub struct Row {
    pub mirrored: Mirrored,
    pub owner: Option<SlackUserId>,
    /// Who is having it revoked at the moment.
    pub revoked_by: Option<SlackUserId>,
}

/// Of when what is known of an organization's tokens is; nothing while its list was not read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOf {
    pub organization: Login,
    pub at: Option<DateTime<Utc>>,
    /// How many tokens made no sense then; they are on no list.
    pub unreadable: u64,
}

/// Organizations of which nothing is told, for the installation is suspended there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suspended {
    /// Those of which the asker would be told something.
    pub organizations: Vec<Login>,
    /// Whether there are others of which nobody can tell that: these are not named.
    pub is_unsure: bool,
}

/// A page of tokens that somebody may see.
#[derive(Debug, Clone)]
pub struct Listing {
    pub rows: Vec<Row>,
    pub count: u64,
    pub page: TokensPage,
    /// What comes behind this page, if anything does.
    pub next: Option<Position>,
    pub as_of: Vec<AsOf>,
    pub suspended: Suspended,
    /// Organizations of which it could not be told whether the asker may see anything, and why.
    pub doubts: Vec<(Login, String)>,
    pub now: DateTime<Utc>,
}

/// `/pat list`: a page, with buttons for each token and for the other pages.
pub fn list(listing: &Listing) -> Message {
    let title = match listing.count {
        0 => "No token that you may see fits".to_owned(),
        1 => "1 token".to_owned(),
        many => format!("{many} tokens"),
    };
    let mut blocks = vec![Block::header(&title), Block::context(&footer(listing))];
    let mut lines = vec![title];
    for row in &listing.rows {
        let told = lines_of(row, listing.now);
        lines.push(format!("{} {}", row.mirrored.token.key, row.mirrored.token.owner.login));
        blocks.push(Block::rich_text([Passage::Lines(told)]));
        let key = &row.mirrored.token.key;
        blocks.push(Block::actions(key.as_str(), buttons(row)));
    }
    blocks.extend(listing.suspended.words().map(|words| Block::section(&words)));
    blocks.extend(listing.doubts.iter().map(|(organization, cause)| {
        Block::section(&format!(
            "Whether you may see the tokens of {organization} can't be told right now: {cause}."
        ))
    }));
    let turn = |button: Button, label: &str, after: Option<Position>| {
        let page = TokensPage { after, filter: listing.page.filter.clone() };
        ButtonElement::turning_to(&button, label, &page)
    };
    let first = listing.page.after.as_ref().map(|_| turn(Button::FirstTokens, "From the start", None));
    let next = listing.next.clone().map(|next| turn(Button::MoreTokens, "Next page", Some(next)));
    let buttons: Vec<_> = first.into_iter().chain(next).collect();
    if !buttons.is_empty() {
        blocks.push(Block::actions("tokens", buttons));
    }
    Message::new(blocks.into_iter().collect::<Blocks>(), Fallback::from_lines(lines))
}

/// What can be done with a token. Whether it may be is judged when somebody does.
fn buttons(row: &Row) -> Vec<ButtonElement> {
    let key = &row.mirrored.token.key;
    let details = ButtonElement::on_token(&Button::Details, "Details", key);
    std::iter::once(details).chain(to_revoke(row, "Revoke…")).collect()
}

/// Leads to its end, while it is there and nobody has it revoked.
pub(super) fn to_revoke(row: &Row, label: &str) -> Option<ButtonElement> {
    let is_there = row.mirrored.presence != Presence::Gone && row.revoked_by.is_none();
    let key = &row.mirrored.token.key;
    is_there.then(|| ButtonElement::on_token(&Button::Revoke, label, key).danger())
}

fn footer(listing: &Listing) -> String {
    let asked = listing.page.filter.to_string();
    let asked = if asked.is_empty() { "all tokens".to_owned() } else { asked };
    format!("{asked} · sorted by {} · {}", listing.page.filter.sort.name(), as_of(&listing.as_of))
}

/// That nothing is told of these organizations, and why.
pub fn suspended(organizations: &[Login]) -> String {
    let names: Vec<_> = organizations.iter().map(Login::as_str).collect();
    format!("The App is suspended in {}: no tokens are shown from there.", names.join(", "))
}

impl Suspended {
    /// That nothing is told of them, and why; nothing where the asker is not to know of any.
    pub fn words(&self) -> Option<String> {
        let named = (!self.organizations.is_empty()).then(|| suspended(&self.organizations));
        let others = self.is_unsure.then(|| UNSURE_WHERE_SUSPENDED.to_owned());
        let words: Vec<_> = named.into_iter().chain(others).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// The same behind what else is told.
    pub fn beside(&self, told: &str) -> String {
        self.words().map_or_else(|| told.to_owned(), |words| format!("{told} {words}"))
    }
}

/// How old what is told is. Of many organizations the oldest counts.
pub(super) fn as_of(all: &[AsOf]) -> String {
    let unread: Vec<_> =
        all.iter().filter(|one| one.at.is_none()).map(|one| one.organization.as_str()).collect();
    let oldest = all.iter().filter_map(|one| Some((one.at?, &one.organization))).min();
    let known = oldest.map(|(at, organization)| match all.len() {
        1 => format!("as of {}", moment(at)),
        _ => format!("as of {} ({organization}) or later", moment(at)),
    });
    let unread = (!unread.is_empty())
        .then(|| format!("⚠ the list of {} has not been read to its end yet", unread.join(", ")));
    let senseless = match all.iter().map(|one| one.unreadable).sum::<u64>() {
        0 => None,
        1 => Some("⚠ 1 token can't be read".to_owned()),
        many => Some(format!("⚠ {many} tokens can't be read")),
    };
    known.into_iter().chain(unread).chain(senseless).collect::<Vec<_>>().join(" · ")
}

/// The same as a sentence of its own.
pub(super) fn how_old(all: &[AsOf]) -> String {
    capitalised(&as_of(all))
}

/// A token in a few lines: whose it is, what it may do where, and when it was used and ends.
pub(super) fn lines_of(row: &Row, now: DateTime<Utc>) -> Vec<Line> {
    let token = &row.mirrored.token;
    let facts = facts(token);
    let name =
        token.name.as_deref().map(|name| format!(" · “{}”", cut(&clean(name), NAME))).unwrap_or_default();
    let owner = match &row.owner {
        Some(slack) => Line::new().mention(slack).text(&format!(" ({})", token.owner.login)),
        None => Line::new().bold(token.owner.login.as_str()),
    };
    let mut lines = vec![
        owner.text(&format!("{name} · {}", token.key)),
        Line::new().text(&permissions(&facts, Room::ALONE)),
        Line::new().text(&format!("{} · {}", token.login, reach(&facts))),
        Line::new().text(&times(&row.mirrored, &facts, now)),
    ];
    lines.extend(row.revoked_by.as_ref().map(|by| Line::new().bold("Being revoked by ").mention(by)));
    lines
}

/// Which repositories, or that this was not asked for yet.
fn reach(facts: &Facts) -> String {
    match &facts.repositories {
        Repositories::Subset { listed, .. } if listed.is_empty() => {
            "⚠ some repositories; which is not read yet".to_owned()
        }
        _ => repositories(facts, Room::ALONE),
    }
}

/// `last used 22 Nov 2026 · until 20 Feb 2027 (90 days)`
fn times(mirrored: &Mirrored, facts: &Facts, now: DateTime<Utc>) -> String {
    let token = &mirrored.token;
    let until = match token.has_expired(now) {
        true => format!("expired {}", expiry(facts, now)),
        false => format!("until {}", expiry(facts, now)),
    };
    let presence = match mirrored.presence {
        Presence::Active => None,
        Presence::Missing => Some("⚠ GitHub's last list did not show it".to_owned()),
        Presence::Gone => Some(match mirrored.gone_at {
            Some(at) => format!("gone since {}", moment(at)),
            None => "gone".to_owned(),
        }),
    };
    [used(token, now), until].into_iter().chain(presence).collect::<Vec<_>>().join(" · ")
}

fn used(token: &Token, now: DateTime<Utc>) -> String {
    match token.used {
        Use::Never => "never used".to_owned(),
        Use::Unknown => "⚠ last use unknown".to_owned(),
        Use::At(at) => {
            let ago = now - at;
            let ago = match ago.num_days() {
                0 if ago < TimeDelta::zero() => "now".to_owned(),
                0 => "today".to_owned(),
                1 => "1 day ago".to_owned(),
                days => format!("{days} days ago"),
            };
            format!("last used {} ({ago})", at.format("%-d %b %Y"))
        }
    }
}

/// A token as what a request for it would ask.
fn facts(token: &Token) -> Facts {
    Facts {
        requester: token.owner.clone(),
        organization: token.login.clone(),
        permissions: token.permissions.clone(),
        repositories: token.repositories.clone(),
        expiry: token.expiry,
        token: token.token,
        token_name: token.name.clone(),
        justification: None,
        created_at: token.granted_at,
    }
}

/// The requests for a token that somebody may see, and which of all led to it, as far as that is known.
#[derive(Debug, Clone, Copy)]
pub struct Requests<'a> {
    pub requests: &'a [TokenRequest],
    pub led_to: Option<&'a Key>,
}

/// `/pat show` of a token: all that is known of it, a page of its repositories, and the requests for it that the asker may
/// see.
pub fn details(
    row: &Row,
    requests: Requests<'_>,
    endings: &[(Revocation, Stage)],
    page: u32,
    (as_of, now): (&AsOf, DateTime<Utc>),
) -> Message {
    let token = &row.mirrored.token;
    let facts = facts(token);
    let title = format!("{}'s token in {}", token.owner.login, token.login);
    let mut blocks = vec![Block::header(&title)];
    let warned = warnings(&facts, &Past::OtherTokens);
    if !warned.is_empty() {
        let line = Line::new().bold(&format!("⚠ {}", warned.join(" · ")));
        blocks.push(Block::rich_text([Passage::Lines(vec![line])]));
    }
    let granted = token.granted_at.map_or_else(|| "⚠ GitHub does not say".to_owned(), moment);
    let owner = match &row.owner {
        Some(slack) => Line::new().text("Owner: ").mention(slack).text(&format!(" ({})", token.owner.login)),
        None => Line::new().text(&format!("Owner: {}, linked to nobody in Slack", token.owner.login)),
    };
    let name = token.name.as_deref().map_or("not told", |name| name);
    let about = vec![
        owner,
        Line::new().text(&format!("Name: {}", cut(&clean(name), NAME))),
        Line::new().text(&capitalised(&times(&row.mirrored, &facts, now))),
        Line::new().text(&format!("Granted: {granted}")),
    ];
    blocks.extend(titled("Token", about));
    blocks.extend(titled("Requests", request_lines(requests)));
    if !endings.is_empty() {
        blocks.extend(titled("Revocation", endings.iter().map(ending_line).collect()));
    }
    let numbers = [Some(format!("grant {}", token.grant)), token.token.map(|id| format!("token {id}"))];
    let numbers = numbers.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let as_of = self::as_of(std::slice::from_ref(as_of));
    blocks.push(Block::context(&format!("{} · {numbers} · {as_of}", token.key)));
    blocks.extend(titled("Permissions", permission_lines(token)));
    let key = &token.key;
    blocks.extend(to_revoke(row, "Revoke…").map(|button| Block::actions(key.as_str(), [button])));
    // Last, for they may be more than a message holds.
    let (title_of_page, lines, buttons) = repository_page(&row.mirrored, &facts, page);
    blocks.extend(titled(&title_of_page, lines));
    if !buttons.is_empty() {
        blocks.push(Block::actions("repositories", buttons));
    }
    Message::new(blocks.into_iter().collect::<Blocks>(), Fallback::from_lines([title]))
}

fn titled(title: &str, lines: Vec<Line>) -> Vec<Block> {
    let lines: Vec<_> = std::iter::once(Line::new().bold(title)).chain(lines).collect();
    lines.chunks(LINES).map(|some| Block::rich_text([Passage::Lines(some.to_vec())])).collect()
}

fn permission_lines(token: &Token) -> Vec<Line> {
    let lines: Vec<_> = by_danger(token.permissions.iter())
        .into_iter()
        .map(|(permission, level)| {
            let github = format!(" · {} {}: {level}", permission.group, permission.name);
            Line::new().text(&phrase(permission, level)).italic(&github)
        })
        .collect();
    if lines.is_empty() { vec![Line::new().text("see what is public, nothing else")] } else { lines }
}

/// The title, what is named, and what leads to the pages before and behind.
fn repository_page(mirrored: &Mirrored, facts: &Facts, page: u32) -> (String, Vec<Line>, Vec<ButtonElement>) {
    let title = "Repositories".to_owned();
    let listed = match &facts.repositories {
        Repositories::Subset { listed, .. } if !listed.is_empty() => listed,
        _ => return (title, vec![Line::new().text(&reach(facts))], vec![]),
    };
    let pages: Vec<_> = listed.chunks(NAMED).collect();
    // There may be fewer by now.
    let at = (page as usize).min(pages.len() - 1);
    let turn = |button: Button, label: &str, to: usize| {
        let page = RepositoriesPage { token: mirrored.token.key.clone(), page: to as u32 };
        ButtonElement::on_repositories(&button, label, &page)
    };
    let before = (at > 0).then(|| turn(Button::PreviousRepositories, "Previous repositories", at - 1));
    let behind = (at + 1 < pages.len()).then(|| turn(Button::NextRepositories, "Next repositories", at + 1));
    let title = match pages.len() {
        1 => title,
        _ => {
            let first = at * NAMED + 1;
            format!("{title} {first} to {} of {}", first + pages[at].len() - 1, listed.len())
        }
    };
    (title, repository_lines(mirrored, facts, pages[at]), before.into_iter().chain(behind).collect())
}

fn repository_lines(mirrored: &Mirrored, facts: &Facts, some: &[Repository]) -> Vec<Line> {
    let mut lines: Vec<_> = some.iter().map(|one| Line::new().text(&cut(&one.full_name, 140))).collect();
    if !facts.repositories.is_fully_listed() {
        lines.push(Line::new().bold("⚠ GitHub has not named all of them"));
    }
    lines.extend(mirrored.listed_at.map(|at| Line::new().italic(&format!("read {}", moment(at)))));
    lines
}

fn request_lines(told: Requests<'_>) -> Vec<Line> {
    let lines: Vec<_> = told
        .requests
        .iter()
        .map(|request| {
            let became = match &request.state {
                State::Pending { .. } => "waits for a decision".to_owned(),
                State::Deciding(_) => "is being decided".to_owned(),
                State::Settled(settled) => {
                    let reason = settled.reason.as_deref().map(|reason| cut(&clean(reason), REASON));
                    let reason = reason.map(|reason| format!(": “{reason}”")).unwrap_or_default();
                    // Of what others ended the votes count for nothing.
                    let others = match settled.by {
                        By::Person { .. } if !settled.others.is_empty() => {
                            format!("{},", with_words(&settled.others))
                        }
                        _ => String::new(),
                    };
                    format!("{}{others} {}{reason}", ended_words(settled), moment(settled.at))
                }
            };
            let unasked = if request.is_unasked { "; granted without review" } else { "" };
            let led = if told.led_to == Some(&request.key) { "; led to this token" } else { "" };
            Line::new().code(request.key.as_str()).text(&format!(" {became}{unasked}{led}"))
        })
        .collect();
    match lines.is_empty() {
        true => vec![Line::new().text("none that we know of and you may see")],
        false => lines,
    }
}

/// `23 Nov 2026, 12:00 UTC: @alice, revoked: “the laptop was stolen”`
fn ending_line((revocation, stage): &(Revocation, Stage)) -> Line {
    let asked = revocation.asked.as_ref();
    let became = stands(stage);
    let reason = asked.and_then(|asked| asked.reason.as_ref());
    let reason =
        reason.map(|reason| format!(": “{}”", cut(&clean(reason.as_str()), REASON))).unwrap_or_default();
    let at = asked.map_or(revocation.offered_at, |asked| asked.at);
    Line::new()
        .text(&format!("{}: ", moment(at)))
        .mention(&revocation.by)
        .text(&format!(", {became}{reason}"))
}

fn capitalised(words: &str) -> String {
    super::words::capitalised(words)
}

/// Why somebody sees nothing.
pub fn refusal(refusal: &Refusal) -> String {
    super::refusals::of_tokens("see", refusal)
}

/// A filter that can't be understood: what was, the nearest that may have been meant, and an example.
pub fn not_understood(command: &str, verb: &str, told: &NotUnderstood) -> Message {
    let meant = told.nearest.as_ref().map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
    let understood = told.understood.to_string();
    let understood = match understood.is_empty() {
        true => String::new(),
        false => format!("The rest I understand: {understood}"),
    };
    let lines = [
        format!("“{}” is not something I understand: {}.{meant}", clean(&told.term), told.cause),
        understood,
        format!("For example: {command} {verb} {EXAMPLE}"),
    ];
    let passage = Passage::Lines(
        lines.iter().filter(|line| !line.is_empty()).map(|line| Line::new().text(line)).collect(),
    );
    Message::new([Block::rich_text([passage])], Fallback::from_lines(lines))
}

/// `/pat help list`.
pub fn help(command: &str) -> Message {
    let parts = [
        ("owner:LOGIN", "whose tokens"),
        ("org:ACME", "in which organization; * and ? stand for letters, as in every name"),
        (
            "repo:payments-*",
            "reaches such a repository, by name or as owner/name; also what reaches all, or was not read yet",
        ),
        (
            "permission:contents:write",
            "has this permission at this level or a higher one; unknown ones fit every question, permission:unknown finds them",
        ),
        ("expires<30d", "ends within this time, or at a time that GitHub does not say"),
        (
            "unused>90d",
            "was not used for longer; never used counts from the grant, an unknown last use as long ago",
        ),
        ("older>180d", "was granted longer ago, or GitHub does not say when"),
        ("never-expires", "has no end, or none that is known"),
        ("expired", "has ended"),
        ("all-repos", "reaches every repository"),
        ("sort:expiry|used|granted|owner", "in which order"),
        (
            "words",
            "stand in the token's name or the owner's login; in quotes where they have spaces or look like one of these",
        ),
    ];
    let lines = parts.iter().map(|(part, what)| Line::new().code(part).text(&format!(" – {what}")));
    let example =
        Line::new().text("Every part has to fit. For example: ").code(&format!("{command} list {EXAMPLE}"));
    let passage = Passage::Lines(lines.chain([example]).collect());
    let fallback = parts.iter().map(|(part, what)| format!("{part} – {what}"));
    Message::new(
        [Block::header(&format!("{command} list")), Block::rich_text([passage])],
        Fallback::from_lines(fallback),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::GitHubUserId;
    use crate::request::samples::{pending, vote};
    use crate::request::{Evidence, Outcome, Settlement, Verdict, Vote};
    use crate::slack::told::shown;
    use crate::token::samples::{ago, noon, subset, token};
    use crate::token::{How, Sort};

    fn row(token: Token) -> Row {
        let at = ago(1);
        let mirrored = Mirrored {
            token,
            presence: Presence::Active,
            first_seen_at: at,
            seen_at: at,
            gone_at: None,
            listed_at: Some(at),
        };
        Row { mirrored, owner: Some(SlackUserId::new("U0OCTOCAT")), revoked_by: None }
    }

    fn as_of() -> AsOf {
        AsOf { organization: Login::new("acme"), at: Some(noon()), unreadable: 0 }
    }

    fn listing(rows: Vec<Row>) -> Listing {
        let filter: Filter = "repo:payments-* sort:used".parse().unwrap();
        let next = rows.last().map(|row| filter.sort.position(&row.mirrored.token));
        Listing {
            count: 23,
            rows,
            page: TokensPage { after: None, filter },
            next,
            as_of: vec![as_of()],
            suspended: Suspended::default(),
            doubts: vec![],
            now: noon(),
        }
    }

    #[test]
    fn a_token_for_very_many_repositories_still_says_how_old_that_is_and_who_asked() {
        let names: Vec<_> =
            (0..1_000).map(|number| format!("acme/{}-{number}", "long-name".repeat(8))).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let row = row(Token { repositories: subset(&names), ..token() });
        let requests = [crate::request::samples::pending()];

        for (page, title) in [
            (0, "Repositories 1 to 60 of 1000"),
            (1, "Repositories 61 to 120 of 1000"),
            (16, "Repositories 961 to 1000 of 1000"),
            (u32::MAX, "Repositories 961 to 1000 of 1000"),
        ] {
            let of_it = Requests { requests: &requests, led_to: None };
            let message = shown(&details(&row, of_it, &[], page, (&as_of(), noon())));
            for part in ["as of ", requests[0].key.as_str(), title] {
                assert!(message.contains(part), "{part}: {message}");
            }
            assert_eq!(message.contains("Previous repositories"), page > 0, "{message}");
            assert_eq!(message.contains("Next repositories"), page < 16, "{message}");
        }
    }

    #[test]
    fn a_list_says_what_is_not_on_it() {
        let as_of = vec![AsOf { unreadable: 1, ..as_of() }];
        let suspended = Suspended { organizations: vec![Login::new("globex")], is_unsure: true };

        let message = shown(&list(&Listing { as_of, suspended, ..listing(vec![]) }));

        assert!(message.contains("⚠ 1 token can't be read"), "{message}");
        assert!(message.contains("The App is suspended in globex"), "{message}");
        assert!(message.contains(UNSURE_WHERE_SUSPENDED), "{message}");
        assert_eq!(Suspended::default().words(), None);
    }

    #[test]
    fn a_page_reads_back_from_its_button() {
        let filter: Filter = "\"a b\" owner:octocat sort:owner".parse().unwrap();
        let position = Sort::Owner.position(&token());
        for after in [None, Some(position)] {
            let page = TokensPage { after, filter: filter.clone() };
            assert_eq!(page.to_string().parse(), Ok(page));
        }
        let page = RepositoriesPage { token: token().key, page: 3 };
        assert_eq!(page.to_string().parse(), Ok(page));
        for odd in ["", "t-7f3k2a", "r-7f3k2a 1", "t-7f3k2a -1", "t-7f3k2a 1 2"] {
            assert!(odd.parse::<RepositoriesPage>().is_err(), "{odd}");
        }
        for odd in ["", "-", "x docs", "1.2 docs", "- repos:x"] {
            assert!(odd.parse::<TokensPage>().is_err(), "{odd}");
        }
    }

    #[test]
    fn a_list_tells_of_each_whose_what_where_and_when() {
        let unknown = Token {
            key: "t-2".parse().unwrap(),
            name: Some("<!channel> *bold*".to_owned()),
            repositories: Repositories::Subset { listed: vec![], count: None },
            expiry: crate::request::Expiry::Unknown,
            used: Use::Unknown,
            ..token()
        };
        let unlinked = Row { owner: None, revoked_by: Some(SlackUserId::new("U0ALICE")), ..row(unknown) };

        insta::assert_snapshot!(shown(&list(&listing(vec![row(token()), unlinked]))));
    }

    #[test]
    fn a_token_is_told_with_everything_that_is_known() {
        let many = Token { repositories: subset(&["acme/docs", "acme/payments-api"]), ..token() };
        let request = pending();

        let revocation = |wish: &str| Revocation {
            id: crate::token::RevocationId::parse("0123456789abcdef").unwrap(),
            by: SlackUserId::new("U0ALICE"),
            wanted: String::new(),
            is_own: false,
            offered_at: noon(),
            asked: Some(crate::token::Wish {
                at: noon(),
                reason: crate::request::Comment::new(wish).unwrap(),
            }),
        };
        let endings = [
            (revocation("a *laptop* <!here> was stolen"), Stage::Gone { how: How::ByUs, at: noon() }),
            (revocation(""), Stage::Kept { cause: "GitHub refused".to_owned() }),
        ];

        let of_it = Requests { led_to: None, requests: std::slice::from_ref(&request) };
        let told = details(&row(many), of_it, &endings, 0, (&as_of(), noon()));
        insta::assert_snapshot!(shown(&told));
    }

    /// Who agreed to it is named beside who approved, and beside nobody who ended it otherwise.
    #[test]
    fn a_token_that_is_gone_is_told_with_who_let_it_in() {
        let settled = |key: &str, outcome, by| {
            let settlement = Settlement {
                others: vec![vote(Verdict::Approve)],
                ..Settlement::new(outcome, by, Evidence::Told, noon())
            };
            TokenRequest { key: key.parse().unwrap(), state: State::Settled(settlement), ..pending() }
        };
        let bob = Vote { login: Login::new("bob"), ..vote(Verdict::Approve) };
        let on_github = By::GitHubUser { id: GitHubUserId(7), login: Login::new("monalisa") };
        let requests = [
            settled("r-8f3k2", Outcome::Approved, By::from(&bob)),
            settled("r-7f3k2", Outcome::Denied, on_github),
            settled("r-6f3k2", Outcome::Superseded, By::Unknown),
        ];
        let mut gone = row(token());
        (gone.mirrored.presence, gone.mirrored.gone_at) = (Presence::Gone, Some(noon()));

        let of_it = Requests { requests: &requests, led_to: Some(&requests[0].key) };
        insta::assert_snapshot!(shown(&details(&gone, of_it, &[], 0, (&as_of(), noon()))));
    }

    #[test]
    fn what_is_not_understood_is_told_with_what_is() {
        let told = "docs expird".parse::<Filter>().unwrap_err();

        insta::assert_snapshot!(shown(&not_understood("/pat", "list", &told)));
    }
}
