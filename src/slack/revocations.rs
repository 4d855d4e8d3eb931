//! What people are told of tokens that are revoked.

use std::collections::{BTreeMap, BTreeSet};

use super::text::{clean, cut};
use super::tokens::{AsOf, how_old};
use super::views::counted;
use super::{Block, Fallback, Line, Message, Passage, messages};
use crate::ids::{Login, SlackUserId};
use crate::request::Refusal;
use crate::token::{Behind, Ending, How, Named, Revocation, Stage};

/// A token's name is its owner's, and may be long.
const NAME: usize = 80;

/// As many tokens are named in one message.
const NAMED: usize = 20;

/// Somebody else's words about one token.
const CAUSE: usize = 250;

/// How far it is, to who wants it: what is done, what is on its way, and why what stays does.
pub fn progress(revocation: &Revocation, endings: &[Ending]) -> Message {
    let told = Told::of(endings);
    let all = endings.len();
    let title = match told.left() {
        0 => ended(&told, all),
        left => format!("Revoking {}: {} of {all} done…", counted(all), all - left),
    };
    let mut lines = vec![Line::new().bold(&title)];
    if told.left() > 0 || told.by_us < all {
        lines.push(Line::new().text(&sums(&told)));
    }
    if all <= NAMED {
        lines.extend(
            endings
                .iter()
                .filter(|one| !matches!(one.stage, Stage::Kept { .. }))
                .map(|one| Line::new().text(&format!("{} · {}", named(&one.token), stands(&one.stage)))),
        );
    }
    lines.extend(told.waits.iter().map(|cause| Line::new().bold(&format!("⚠ Waits: {}", cut(cause, CAUSE)))));
    lines.extend(ahead(&told, &revocation.by, all));
    for (cause, tokens) in &told.kept {
        lines.push(Line::new().bold(&format!("Not revoked: {}", cut(&clean(cause), CAUSE))));
        lines.extend(
            tokens.iter().take(NAMED).map(|token| Line::new().text(&format!("    {}", named(token)))),
        );
        if tokens.len() > NAMED {
            lines.push(Line::new().text(&format!("    and {} more", tokens.len() - NAMED)));
        }
    }
    let fallback = Fallback::from_lines([title]);
    let mut passages = vec![Passage::Lines(lines)];
    let reason = revocation.asked.as_ref().and_then(|asked| asked.reason.as_ref());
    passages.extend(reason.map(|reason| Passage::Quote(Line::new().text(&clean(reason.as_str())))));
    Message::new([Block::rich_text(passages), Block::context(&asked_for(revocation))], fallback)
}

/// Why somebody may not revoke, or a token stays. What is said of clicks on requests would mislead.
pub fn refusal(refusal: &Refusal) -> String {
    super::refusals::of_tokens("revoke", refusal)
}

/// Why somebody is shown nothing that they may revoke.
#[derive(Debug, Clone, Copy)]
pub enum Nothing<'a> {
    /// All that fits is being revoked already.
    AllUnderWay,
    /// So many are, as are looked at together; there are more.
    FirstUnderWay(usize),
    NoneFits,
    /// There is no token of that name, or none that they may see. With the name of our command.
    NotThere {
        command: &'a str,
    },
}

/// That there is nothing to revoke, which organizations were left out and why, and how old what was looked at is.
pub fn nothing(why: &Nothing<'_>, left_out: &[(Login, String)], as_of: &[AsOf]) -> String {
    let words = match why {
        Nothing::AllUnderWay => "All of that is being revoked already.".to_owned(),
        Nothing::FirstUnderWay(many) => {
            format!(
                "The first {many} of that are being revoked already. Please ask again when they are gone."
            )
        }
        Nothing::NoneFits => "Nothing that you may revoke fits.".to_owned(),
        Nothing::NotThere { command } => messages::nothing_to_show(command),
    };
    let words = beside(&words, left_out);
    match as_of.is_empty() {
        true => words,
        false => format!("{words} {}.", how_old(as_of)),
    }
}

/// What is told, and of which organizations something else.
pub fn beside(words: &str, left_out: &[(Login, String)]) -> String {
    let others = left_out.iter().filter(|(_, cause)| cause != words);
    let others = others.map(|(organization, cause)| format!("{organization}: {cause}"));
    std::iter::once(words.to_owned()).chain(others).collect::<Vec<_>>().join(" ")
}

/// Why nothing is revoked in an organization now.
pub const SUSPENDED_THERE: &str = "The App is suspended there.";

/// The number of tokens was not typed, or another one was.
pub fn type_the_number(count: usize) -> String {
    format!("These are {}. Please type that number.", counted(count))
}

fn asked_for(revocation: &Revocation) -> String {
    format!("You asked for: {}", cut(&clean(&revocation.wanted), CAUSE))
}

/// What the stages of all come to.
#[derive(Default)]
struct Told<'a> {
    under_way: usize,
    behind: usize,
    /// Whose revocations those are behind, or nothing where that is not told.
    ahead: BTreeSet<Option<&'a SlackUserId>>,
    by_us: usize,
    vanished: usize,
    waits: Option<&'a str>,
    /// By why they stay.
    kept: BTreeMap<&'a str, Vec<&'a Named>>,
}

impl<'a> Told<'a> {
    fn of(endings: &'a [Ending]) -> Self {
        let mut told = Self::default();
        for Ending { token, stage } in endings {
            match stage {
                Stage::Chosen => told.under_way += 1,
                Stage::Behind(Behind { by, .. }) => {
                    told.behind += 1;
                    told.ahead.insert(by.as_ref());
                }
                Stage::Revoking(underway) => {
                    told.under_way += 1;
                    told.waits = told.waits.or(underway.waits.as_deref());
                }
                Stage::Gone { how: How::ByUs, .. } => told.by_us += 1,
                Stage::Gone { how: How::Vanished, .. } => told.vanished += 1,
                Stage::Kept { cause } => told.kept.entry(cause).or_default().push(token),
            }
        }
        told
    }

    fn left(&self) -> usize {
        self.under_way + self.behind
    }

    fn stays(&self) -> usize {
        self.kept.values().map(Vec::len).sum()
    }
}

/// `⚠ Waits: @alice is having 3 of these revoked already. This goes on with whatever is left then.`
fn ahead(told: &Told<'_>, by: &SlackUserId, all: usize) -> Option<Line> {
    let (them, they_are) = match (told.behind, all) {
        (_, 1) => ("it".to_owned(), "It is".to_owned()),
        (1, _) => ("1 of these".to_owned(), "1 of these is".to_owned()),
        (many, _) => (format!("{many} of these"), format!("{many} of these are")),
    };
    let then = "revoked already. This goes on with whatever is left then.";
    let line = Line::new();
    Some(match told.ahead.iter().collect::<Vec<_>>()[..] {
        [] => return None,
        [Some(one)] if *one == by => line.bold(&format!("⚠ Waits: You are having {them} {then}")),
        [Some(one)] => line.bold("⚠ Waits: ").mention(one).bold(&format!(" is having {them} {then}")),
        _ => line.bold(&format!("⚠ Waits: {they_are} being {then}")),
    })
}

fn ended(told: &Told<'_>, all: usize) -> String {
    match (told.by_us, all) {
        (by_us, all) if by_us == all => format!("Revoked {}", counted(all)),
        (0, _) => "Nothing was revoked".to_owned(),
        (by_us, all) => format!("Revoked {by_us} of {}", counted(all)),
    }
}

fn sums(told: &Told<'_>) -> String {
    let parts = [
        (told.by_us, "revoked"),
        (told.vanished, "gone already, not by this"),
        (told.stays(), "not revoked"),
        (told.under_way, "on the way"),
        (told.behind, "behind another revocation"),
    ];
    let said = parts.into_iter().filter(|(many, _)| *many > 0);
    said.map(|(many, what)| format!("{many} {what}")).collect::<Vec<_>>().join(" · ")
}

/// How far a token's end has come, in a few words.
pub fn stands(stage: &Stage) -> &'static str {
    match stage {
        Stage::Chosen | Stage::Revoking(_) => "on the way",
        Stage::Behind(_) => "behind another revocation",
        Stage::Gone { how: How::ByUs, .. } => "revoked",
        Stage::Gone { how: How::Vanished, .. } => "gone already, not by this",
        Stage::Kept { .. } => "not revoked",
    }
}

/// `octocat's “deploy-bot” in acme (t-7f3k2a)`
fn named(token: &Named) -> String {
    format!("{}'s {} in {} ({})", token.owner.login, called(token), token.login, token.key)
}

fn called(token: &Named) -> String {
    let name = token.name.as_deref().map(|name| format!("“{}”", cut(&clean(name), NAME)));
    name.unwrap_or_else(|| "token".to_owned())
}

/// To an owner: which of their tokens were revoked, by whom and why.
pub fn to_owner(
    revocation: &Revocation,
    by: &SlackUserId,
    tokens: &[&Named],
    answers_for_it: bool,
) -> Message {
    let whose = if answers_for_it { "of your machine accounts" } else { "of yours" };
    let what = match tokens.len() {
        1 => format!("a token {whose}"),
        many => format!("{many} tokens {whose}"),
    };
    let mut lines = vec![Line::new().mention(by).bold(&format!(" revoked {what}:"))];
    lines.extend(tokens.iter().take(NAMED).map(|token| {
        let whose = if answers_for_it { format!("{}'s ", token.owner.login) } else { String::new() };
        Line::new().text(&format!("{whose}{} in {} ({})", called(token), token.login, token.key))
    }));
    if tokens.len() > NAMED {
        lines.push(Line::new().text(&format!("and {} more", tokens.len() - NAMED)));
    }
    let lost = match tokens.len() {
        1 => "It has no access there any more, but for SSH keys that it made. You may ask for a new one.",
        _ => "They have no access there any more, but for SSH keys that they made. You may ask for new ones.",
    };
    lines.push(Line::new().text(lost));
    let reason = revocation.asked.as_ref().and_then(|asked| asked.reason.as_ref());
    let mut passages = vec![Passage::Lines(lines)];
    passages.extend(reason.map(|reason| Passage::Quote(Line::new().text(&clean(reason.as_str())))));
    let fallback = Fallback::from_lines([format!("{what} revoked")]);
    Message::new([Block::rich_text(passages)], fallback)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::ids::{GitHubUserId, GrantId, OrganizationId};
    use crate::request::{Comment, Requester};
    use crate::slack::told::{shown, table};
    use crate::token::samples::noon;
    use crate::token::{RevocationId, Underway, Wish};

    fn revocation() -> Revocation {
        let reason = Comment::new("The laptop was stolen <!channel>").unwrap();
        Revocation {
            id: RevocationId::random(&Chance::seeded(7)),
            by: SlackUserId::new("U0ALICE"),
            wanted: "owner:octocat".to_owned(),
            is_own: false,
            offered_at: noon(),
            asked: Some(Wish { at: noon(), reason }),
        }
    }

    fn token(key: &str) -> Named {
        Named {
            organization: OrganizationId(9_001),
            login: Login::new("acme"),
            grant: GrantId(1),
            token: None,
            key: key.parse().unwrap(),
            owner: Requester { id: GitHubUserId(101), login: Login::new("octocat") },
            name: Some("deploy <!here> *bot*".to_owned()),
        }
    }

    fn is(key: &str, stage: Stage) -> Ending {
        Ending { token: token(key), stage }
    }

    fn gone(how: How) -> Stage {
        Stage::Gone { how, at: noon() }
    }

    #[test]
    fn to_who_revokes() {
        let waits = Underway { waits: Some("the App is suspended".to_owned()), ..Underway::begun(noon()) };
        let kept = |cause: &str| Stage::Kept { cause: cause.to_owned() };
        let behind =
            |by: Option<&str>| Stage::Behind(Behind { by: by.map(SlackUserId::new), judged_at: noon() });
        let many: Vec<_> = (0..30).map(|_| is("t-1", gone(How::ByUs))).collect();
        let said = |endings: &[Ending]| shown(&progress(&revocation(), endings));
        let rows = [
            ("begun", said(&[is("t-1", Stage::Chosen), is("t-2", Stage::Chosen)])),
            ("waiting", said(&[is("t-1", gone(How::ByUs)), is("t-2", Stage::Revoking(waits))])),
            ("behind", said(&[is("t-1", behind(Some("U0BOB"))), is("t-2", behind(Some("U0BOB")))])),
            ("behind oneself", said(&[is("t-1", gone(How::ByUs)), is("t-2", behind(Some("U0ALICE")))])),
            ("behind several", said(&[is("t-1", behind(Some("U0BOB"))), is("t-2", behind(Some("U0ALICE")))])),
            ("with one alone", said(&[is("t-1", behind(Some("U0BOB")))])),
            ("behind whoever it is", said(&[is("t-1", behind(None))])),
            ("one of them", said(&[is("t-1", gone(How::ByUs)), is("t-2", behind(None))])),
            ("done", said(&[is("t-1", gone(How::ByUs))])),
            ("many", said(&many)),
            ("gone", said(&[is("t-1", gone(How::Vanished))])),
            (
                "mixed",
                said(&[
                    is("t-1", gone(How::ByUs)),
                    is("t-2", gone(How::Vanished)),
                    is("t-3", kept("GitHub refused: <!channel> no")),
                    is("t-4", kept("GitHub refused: <!channel> no")),
                    is("t-5", kept("You may not")),
                ]),
            ),
        ];
        insta::assert_snapshot!(table(rows.map(|(name, said)| (name.to_owned(), said))));
    }

    #[test]
    fn why_there_is_nothing() {
        let left_out = ["octo-org", "globex"].map(|login| (Login::new(login), SUSPENDED_THERE.to_owned()));
        let as_of = [AsOf { organization: Login::new("acme"), at: Some(noon()), unreadable: 0 }];
        let said = [
            nothing(&Nothing::AllUnderWay, &[], &as_of),
            nothing(&Nothing::FirstUnderWay(1_000), &left_out[..1], &as_of),
            nothing(&Nothing::NoneFits, &[], &[]),
            nothing(&Nothing::NoneFits, &left_out, &as_of),
            nothing(&Nothing::NotThere { command: "/pat" }, &[], &[]),
            type_the_number(12),
        ];
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn to_owners() {
        let alice = SlackUserId::new("U0ALICE");
        let (one, two) = (token("t-1"), token("t-2"));
        let said = |tokens: &[&Named], answers| shown(&to_owner(&revocation(), &alice, tokens, answers));
        let rows = [
            ("one", said(&[&one], false)),
            ("two", said(&[&one, &two], false)),
            ("a machine's", said(&[&one], true)),
            ("many", said(&[&one; 30], false)),
        ];
        insta::assert_snapshot!(table(rows.map(|(name, said)| (name.to_owned(), said))));
    }
}
