//! What rules would do with a request alone. Nobody is asked, so it is never more than an "if".

use std::collections::HashMap;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::explain::{Meant, Someone, described};
use crate::config::{Automatic, Config};
use crate::ids::{GitHubUserId, InstallationId, Login, TokenId};
use crate::policy::{Advice, Consultation, Consulted, Engine, LeftToPeople, Requesting};
use crate::request::{Enrichment, Facts, TokenRequest};
use crate::slack::messages;

/// Everything there is to tell.
pub(super) struct Ruled {
    request: String,
    automatic: Automatic,
    consulted: Consulted,
    /// Why they are not asked about this content, whatever they would say.
    passed_over: Option<&'static str>,
    not_known: Vec<String>,
}

const PASSED_OVER: &str =
    "they were asked about this content already, or something has happened that only people may judge";

impl Ruled {
    pub(super) async fn of(
        config: &Config,
        engine: &Engine,
        Meant { request, name, reader }: Meant,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let book = &config.rulebook;
        let login = request.facts.requester.login.clone();
        let (request, answered_by, passed_over, not_told) = match &reader {
            Some(reader) => {
                let machines = book.machine_accounts(&reader.machines().await?);
                let owner = machines.answering_for(request.facts.requester.id, &login).cloned();
                let passed_over = (!request.is_for_rules()).then_some(PASSED_OVER);
                (request, owner, passed_over, "whether rules decided as often for them today as they may")
            }
            None => {
                let owner =
                    book.machine_accounts(&HashMap::new()).answering_for(GitHubUserId(0), &login).cloned();
                (
                    listed(request),
                    owner,
                    None,
                    "whether GitHub's list tells the same as its webhook, and in time",
                )
            }
        };
        let who = answered_by.as_ref().unwrap_or(&login);
        let facts = &request.facts;
        let consulted = engine.consult(&Consultation {
            request: &request,
            approvers: book.routing.route_for(facts).map(|route| route.approvers.as_slice()),
            needs: &book.routing.needs(facts),
            touches: book.routing.touches(facts),
            answered_by: answered_by.as_ref(),
            requester: requesting(config, who),
            now,
        });
        let not_known = vec![
            format!(
                "whether {who} is an active member of {}, by a link that is a day old",
                facts.organization
            ),
            not_told.to_owned(),
        ];
        Ok(Self { request: name, automatic: book.policy.automatic, consulted, passed_over, not_known })
    }

    pub(super) fn lines(&self, engine: &Engine) -> Vec<String> {
        let request = &self.request;
        let mut lines = match &self.consulted.advice {
            Advice::People(LeftToPeople { why, words }) => {
                let words = words.as_ref().map(|words| format!(" ({words})")).unwrap_or_default();
                vec![format!("People decide about {request}: {why}{words}.")]
            }
            Advice::Approve { rule, cap } => vec![
                format!("A rule would approve {request} alone, if what is not known here is so."),
                format!("By {}, for at most {cap} requests of one person in a day.", described(engine, rule)),
            ],
            Advice::Deny { rule, instead, .. } => {
                let deny = format!("A rule would deny {request} alone, if what is not known here is so.");
                let by = format!("By {}", described(engine, rule));
                [deny, by].into_iter().chain(instead.map(messages::instead)).collect()
            }
        };
        lines.extend(self.passed_over.map(|why| format!("Rules are not asked: {why}.")));
        lines.extend(
            match self.automatic {
                Automatic::Off => Some("policy.automatic is off: no rule is asked."),
                Automatic::Announce => {
                    Some("policy.automatic is announce: the card says so, and people decide.")
                }
                Automatic::On => None,
            }
            .map(str::to_owned),
        );
        lines.push("Facts it was judged on:".to_owned());
        lines.extend(self.consulted.approve.facts.iter().map(|(name, value)| format!("  {name}: {value}")));
        lines.push("Not known here, and taken to be so:".to_owned());
        lines.extend(self.not_known.iter().map(|what| format!("  - {what}")));
        lines
    }

    pub(super) fn as_json(&self) -> Value {
        let Consulted { advice, approve, deny } = &self.consulted;
        let (decision, rule) = match advice {
            Advice::People(_) => ("people", None),
            Advice::Approve { rule, .. } => ("approved_if", Some(rule)),
            Advice::Deny { rule, .. } => ("denied_if", Some(rule)),
        };
        let why = match advice {
            Advice::People(left) => Some(left.why),
            Advice::Approve { .. } | Advice::Deny { .. } => None,
        };
        let instead = match advice {
            Advice::Deny { instead, .. } => instead.map(messages::instead),
            Advice::People(_) | Advice::Approve { .. } => None,
        };
        json!({
            "decision": decision,
            "action": "rules",
            "request": self.request,
            "rule": rule,
            "why": why,
            "instead": instead,
            "automatic": self.automatic.name(),
            "not_asked": self.passed_over,
            "approve_by": approve.policies,
            "deny_by": deny.policies,
            "facts": approve.facts,
            "not_known_here": self.not_known,
        })
    }
}

/// As if GitHub's list had told everything about it.
fn listed(request: TokenRequest) -> TokenRequest {
    let mut facts =
        Facts { token: Some(TokenId(1)), token_name: Some("a token".to_owned()), ..request.facts };
    facts.requester.id = GitHubUserId(1);
    TokenRequest { facts, enrichment: Enrichment::Complete, installation: Some(InstallationId(1)), ..request }
}

/// The groups of who asks, or answers for the machine, as far as the configuration tells.
fn requesting(config: &Config, login: &Login) -> Requesting {
    let book = &config.rulebook;
    match book.people.get(login) {
        Some(mapped) => {
            let someone = Someone::configured(config, mapped.slack.clone(), Some(login.clone()));
            Requesting {
                is_linked: true,
                groups: someone.groups(book),
                unknown_groups: someone.unknown_groups(book),
                doubt: None,
            }
        }
        None => Requesting::unlinked(book.groups.keys(), "the configuration links nobody to the account"),
    }
}
