//! One try to link two accounts: asked for in Slack, carried through in one browser within ten minutes, used up once.
//!
//! Nothing that opens anything is kept. Of the ticket in the address and of the browser's cookie only digests are stored;
//! what goes out to Slack and GitHub (states, nonce, verifier) and into the form is worked out from the cookie. So whoever
//! does not hold the cookie can't go on, with whatever else they hold.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::chance::Chance;
use crate::ids::{GitHubUserId, Login, SlackUserId};

/// How long after the asking a ticket can be used.
const LIFE: TimeDelta = TimeDelta::minutes(10);

/// What a ticket is called where it is kept, and in what others may see; it opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TicketId(String);

/// The unguessable part of a ticket's address.
pub struct TicketSecret(SecretString);

/// What one browser holds as long as it links two accounts.
pub struct Browser {
    ticket: TicketId,
    secret: SecretString,
}

/// The two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Slack,
    GitHub,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub id: TicketId,
    /// Who asked.
    pub slack: SlackUserId,
    pub asked_at: DateTime<Utc>,
    pub stage: Stage,
    /// Rises with each step; 0 before it is kept.
    pub version: u64,
}

/// How far it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    Asked,
    /// This browser has proved to be the asker's.
    InSlack {
        browser: String,
        name: String,
    },
    /// And whose account on GitHub it holds.
    OnGitHub {
        browser: String,
        name: String,
        account: GitHubUserId,
        login: Login,
    },
    Linked,
    /// It came to nothing, for good.
    Refused,
}

/// Why a ticket is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Useless {
    /// More than ten minutes old.
    Expired,
    /// Used, or refused before.
    Over,
}

/// Why two accounts were not linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotLinked {
    Expired,
    /// The browser does not hold what this ticket's browser holds.
    OtherBrowser,
    /// A step was done twice, or out of turn.
    OutOfTurn,
    /// The form did not come from our own page.
    Forged,
    /// Somebody else than the asker signed in to Slack.
    OtherSlackUser,
    /// Slack signed in somebody of another workspace or organization.
    OtherWorkspace,
    /// What Slack said about who signed in does not hold.
    Untrue,
    /// The code was not accepted.
    BadCode,
    /// Deactivated, a guest, from elsewhere, or a bot.
    SlackAccount,
    /// The reviewed mapping says who the Slack user is.
    Reviewed,
    /// The Slack user has another link.
    AlreadyLinked,
    /// The GitHub account is somebody else's.
    Taken,
    /// The GitHub account is a machine's.
    Machine,
}

impl TicketSecret {
    /// A new ticket's.
    pub fn random(chance: &Chance) -> Self {
        Self(hex::encode(chance.bytes::<24>()).into())
    }

    /// As it stands in an address; `None` for what can't be one.
    pub fn parse(text: &str) -> Option<Self> {
        is_hex(text, 48).then(|| Self(text.into()))
    }

    pub fn id(&self) -> TicketId {
        TicketId(hex::encode(&Sha256::digest(self.0.expose_secret())[..16]))
    }

    /// For the address that only the asker is told.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl TicketId {
    pub fn parse(text: &str) -> Option<Self> {
        is_hex(text, 32).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of which ticket a state is, whoever brings it.
    pub fn of_state(state: &str) -> Option<Self> {
        state.split_once('.').and_then(|(id, _)| Self::parse(id))
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Browser {
    /// A browser that begins.
    pub fn random(ticket: TicketId, chance: &Chance) -> Self {
        Self { ticket, secret: hex::encode(chance.bytes::<32>()).into() }
    }

    /// As the cookie says; `None` for what can't be one of ours.
    pub fn parse(cookie: &str) -> Option<Self> {
        let (ticket, secret) = cookie.split_once('.')?;
        Some(Self { ticket: TicketId::parse(ticket)?, secret: is_hex(secret, 64).then(|| secret.into())? })
    }

    /// The cookie's value.
    pub fn cookie(&self) -> SecretString {
        format!("{}.{}", self.ticket, self.secret.expose_secret()).into()
    }

    pub fn ticket(&self) -> &TicketId {
        &self.ticket
    }

    /// What is kept of it, to know it again.
    pub fn mark(&self) -> String {
        hex::encode(Sha256::digest(self.secret.expose_secret()))
    }

    /// What one side hands back with its answer.
    pub fn state(&self, side: Side) -> String {
        let what = match side {
            Side::Slack => "state of slack",
            Side::GitHub => "state of github",
        };
        format!("{}.{}", self.ticket, self.derived(what))
    }

    /// Whether a state was made for this browser.
    pub fn knows(&self, side: Side, state: &str) -> bool {
        is_same(&self.state(side), state)
    }

    /// What Slack puts into what it says about who signed in.
    pub fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// PKCE's verifier (RFC 7636: 43 to 128 letters, digits and a few signs).
    pub fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// What the form of our own page carries, for one pair of accounts.
    pub fn form_token(&self, account: GitHubUserId) -> String {
        self.derived(&format!("form {account}"))
    }

    /// Whether a form was made for this browser and this account.
    pub fn made_form(&self, account: GitHubUserId, token: &str) -> bool {
        is_same(&self.form_token(account), token)
    }

    fn derived(&self, what: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret().as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(self.ticket.0.as_bytes());
        mac.update(b" ");
        mac.update(what.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("ticket", &self.ticket).finish_non_exhaustive()
    }
}

impl Ticket {
    /// A new one.
    pub fn asked(id: TicketId, slack: SlackUserId, now: DateTime<Utc>) -> Self {
        Self { id, slack, asked_at: now, stage: Stage::Asked, version: 0 }
    }

    /// Whether it can still be used.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Useless> {
        match self.stage {
            Stage::Linked | Stage::Refused => Err(Useless::Over),
            Stage::Asked | Stage::InSlack { .. } | Stage::OnGitHub { .. }
                // A clock that went back makes nothing last longer.
                if (TimeDelta::zero()..LIFE).contains(&(now - self.asked_at)) => Ok(()),
            Stage::Asked | Stage::InSlack { .. } | Stage::OnGitHub { .. } => Err(Useless::Expired),
        }
    }

    /// Whether this browser may go on with it: any one at first, then the one that signed in to Slack.
    pub fn may_go_on_in(&self, browser: &Browser) -> bool {
        browser.ticket == self.id
            && match &self.stage {
                Stage::Asked => true,
                Stage::InSlack { browser: mark, .. } | Stage::OnGitHub { browser: mark, .. } => {
                    is_same(mark, &browser.mark())
                }
                Stage::Linked | Stage::Refused => false,
            }
    }

    pub fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }
}

impl NotLinked {
    /// What is said of a link that somebody made, and that the reviewers contradict.
    pub const CONTRADICTED: &str =
        "by Countersign's configuration this GitHub account is somebody else's, or a machine's";

    /// The cause's name in the record and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::OtherBrowser => "other_browser",
            Self::OutOfTurn => "out_of_turn",
            Self::Forged => "forged_form",
            Self::OtherSlackUser => "other_slack_user",
            Self::OtherWorkspace => "other_workspace",
            Self::Untrue => "untrue_identity",
            Self::BadCode => "bad_code",
            Self::SlackAccount => "slack_account",
            Self::Reviewed => "reviewed",
            Self::AlreadyLinked => "already_linked",
            Self::Taken => "taken",
            Self::Machine => "machine",
        }
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Compared by digests, so that how much agrees does not show in how long it takes.
fn is_same(one: &str, other: &str) -> bool {
    Sha256::digest(one) == Sha256::digest(other)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::request::samples::noon;

    fn browser(seed: u64) -> (Ticket, Browser) {
        let chance = Chance::seeded(seed);
        let id = TicketSecret::random(&chance).id();
        let ticket = Ticket::asked(id.clone(), SlackUserId::new("U0ALICE"), noon());
        (ticket, Browser::random(id, &chance))
    }

    #[test]
    fn everything_that_goes_out_differs_and_hangs_on_the_cookie() {
        let ((_, one), (_, other)) = (browser(1), browser(2));
        let all = |browser: &Browser| {
            let account = GitHubUserId(101);
            [
                browser.state(Side::Slack),
                browser.state(Side::GitHub),
                browser.nonce(),
                browser.verifier(),
                browser.form_token(account),
                browser.form_token(GitHubUserId(102)),
                browser.mark(),
            ]
        };

        let values: HashSet<_> = all(&one).into_iter().chain(all(&other)).collect();
        assert_eq!(values.len(), 14);
        assert!(values.iter().all(|value| !value.contains(one.secret.expose_secret())));
        let again = Browser::parse(one.cookie().expose_secret()).unwrap();
        assert_eq!(all(&one), all(&again));
    }

    #[test]
    fn a_state_is_known_to_its_browser_and_side_alone() {
        let ((ticket, one), (_, other)) = (browser(1), browser(2));
        let state = one.state(Side::Slack);

        assert!(one.knows(Side::Slack, &state));
        assert!(!one.knows(Side::GitHub, &state));
        assert!(!other.knows(Side::Slack, &state));
        assert!(!one.knows(Side::Slack, ""));
        assert_eq!(TicketId::of_state(&state), Some(ticket.id));
        assert_eq!(TicketId::of_state("nonsense"), None);
    }

    #[test]
    fn a_form_is_known_to_its_browser_and_account_alone() {
        let ((_, one), (_, other)) = (browser(1), browser(2));
        let account = GitHubUserId(101);
        let token = one.form_token(account);

        assert!(one.made_form(account, &token));
        assert!(!one.made_form(GitHubUserId(102), &token));
        assert!(!other.made_form(account, &token));
        assert!(!one.made_form(account, ""));
    }

    #[test]
    fn an_address_leads_to_its_ticket_and_tells_of_it_nowhere_else() {
        let secret = TicketSecret::random(&Chance::seeded(1));
        let id = secret.id();

        assert_eq!(TicketSecret::parse(secret.expose()).map(|read| read.id()), Some(id.clone()));
        assert_eq!(TicketId::parse(id.as_str()), Some(id.clone()));
        assert_ne!(secret.expose(), id.as_str());
        for odd in ["", "0123", &secret.expose().to_uppercase(), &format!("{}0", secret.expose())] {
            assert!(TicketSecret::parse(odd).is_none(), "{odd}");
        }
        let (_, browser) = browser(1);
        let shown = format!("{browser:?}");
        assert!(shown.contains(browser.ticket().as_str()), "{shown}");
        assert!(!shown.contains(browser.secret.expose_secret()), "{shown}");
    }

    #[test]
    fn causes_keep_their_names() {
        use NotLinked as Cause;
        let names = [
            (Cause::Expired, "expired"),
            (Cause::OtherBrowser, "other_browser"),
            (Cause::OutOfTurn, "out_of_turn"),
            (Cause::Forged, "forged_form"),
            (Cause::OtherSlackUser, "other_slack_user"),
            (Cause::OtherWorkspace, "other_workspace"),
            (Cause::Untrue, "untrue_identity"),
            (Cause::BadCode, "bad_code"),
            (Cause::SlackAccount, "slack_account"),
            (Cause::Reviewed, "reviewed"),
            (Cause::AlreadyLinked, "already_linked"),
            (Cause::Taken, "taken"),
            (Cause::Machine, "machine"),
        ];
        for (cause, name) in names {
            assert_eq!(cause.name(), name);
        }
    }

    #[test]
    fn a_ticket_lives_for_ten_minutes() {
        let (ticket, _) = browser(1);
        let at = |seconds| ticket.check(noon() + TimeDelta::seconds(seconds));

        assert_eq!(at(0), Ok(()));
        assert_eq!(at(599), Ok(()));
        assert_eq!(at(600), Err(Useless::Expired));
        assert_eq!(at(-1), Err(Useless::Expired));
        assert_eq!(ticket.clone().at(Stage::Refused).check(noon()), Err(Useless::Over));
        assert_eq!(ticket.at(Stage::Linked).check(noon()), Err(Useless::Over));
    }

    #[test]
    fn the_browser_that_signed_in_to_slack_goes_on_and_no_other() {
        let (ticket, one) = browser(1);
        let other = Browser::random(ticket.id.clone(), &Chance::seeded(3));
        assert!(ticket.may_go_on_in(&one) && ticket.may_go_on_in(&other));
        assert!(!ticket.may_go_on_in(&browser(2).1));

        let signed_in = ticket.at(Stage::InSlack { browser: one.mark(), name: "alice".to_owned() });

        assert!(signed_in.may_go_on_in(&one));
        assert!(!signed_in.may_go_on_in(&other));
        assert!(!signed_in.at(Stage::Linked).may_go_on_in(&one));
    }

    #[test]
    fn only_what_we_made_is_read() {
        let (_, browser) = browser(1);
        let cookie = browser.cookie();
        let cookie = cookie.expose_secret();

        for wrong in [
            "",
            ".",
            "x",
            &cookie[1..],
            &cookie.to_uppercase(),
            &format!("{cookie}0"),
            &cookie.replace('.', ""),
        ] {
            assert!(Browser::parse(wrong).is_none(), "{wrong}");
        }
        assert!(TicketSecret::parse("../confirm").is_none());
        assert_eq!(format!("{browser:?}").matches("secret").count(), 0);
    }
}
