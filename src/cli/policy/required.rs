//! What it takes to approve a request, beside the permit to vote on it; and how far one person's vote goes.

use serde_json::{Value, json};

use crate::policy::{Act, Approval, Engine, Judgement, Question, Settling};
use crate::slack::Approvals;

/// What an approval takes.
pub(super) struct Required {
    approvals: u32,
    one_from_each: Vec<String>,
    words: String,
    /// Whether this person's vote would do by itself; `None` where they may not give it.
    alone: Option<Judgement>,
}

impl Required {
    /// Nothing for what is no approval, and where nobody may give one.
    pub(super) fn of(engine: &Engine, question: &Question<'_>, judgement: &Judgement) -> Option<Self> {
        let Question { who, act, request, approvers, needs, touches, answered_by, now } = question;
        let approvers = approvers.filter(|_| *act == Act::Approve)?;
        let vote = Approval { groups: &who.groups, is_decider: judgement.makes_decider() };
        let alone = judgement.allowed.then(|| {
            engine.settle(&Settling {
                request,
                approvers: Some(approvers),
                needs,
                touches: touches.clone(),
                answered_by: *answered_by,
                progress: &needs.progress([vote]),
                now: *now,
            })
        });
        Some(Self {
            approvals: needs.approvals(),
            one_from_each: needs.groups().iter().cloned().collect(),
            words: Approvals { progress: &needs.progress([]), approvers }.sentence(),
            alone,
        })
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let alone = self.alone.as_ref().map(|alone| match (alone.allowed, alone.policies.as_slice()) {
            (true, policies) => format!("Their vote would be enough by itself: {}.", policies.join(", ")),
            (false, []) => "Their vote would count, and not be enough by itself.".to_owned(),
            (false, policies) => format!(
                "Their vote would count, and not be enough by itself: {} forbids it.",
                policies.join(", ")
            ),
        });
        [self.words.clone()].into_iter().chain(alone)
    }

    pub(super) fn as_json(&self) -> Value {
        json!({
            "words": self.words,
            "approvals": self.approvals,
            "one_from_each": self.one_from_each,
            "enough_by_itself": self.alone.as_ref().map(|alone| alone.allowed),
            "because_of": self.alone.as_ref().map(|alone| &alone.policies),
        })
    }
}
