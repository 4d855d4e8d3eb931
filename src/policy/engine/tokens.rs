//! Asks whether somebody may see tokens, or end them.

use super::super::facts::Asked;
use super::super::refusing::refusal_of_tokens;
use super::super::{Act, Judgement, TokenQuestion, unknown_membership};
use super::{Engine, failed};
use crate::request::Refusal;

impl Engine {
    /// May this person list or export an organization's tokens, or see or end those of one owner there?
    pub fn may_handle(&self, question: &TokenQuestion<'_>) -> Judgement {
        let asked = Asked::of_tokens(question);
        let unknown = &question.who.unknown_groups;
        let mut facts = asked.recorded(self.hash());
        asked.record_unknown(unknown.keys(), &mut facts);
        let answer = match self.answer(&asked) {
            Ok(answer) => answer,
            Err(failure) => return failed(failure, facts),
        };
        if let Some(doubt) = self.doubt(unknown, &asked, &answer) {
            let cause = unknown.get(&doubt.group).map_or("", String::as_str);
            let refusal = Some(Refusal::CannotTell { cause: unknown_membership(&doubt.group, cause) });
            return Judgement { allowed: false, policies: doubt.policies, refusal, facts };
        }
        let told = || self.told(&asked, &answer.policies);
        let refusal = (!answer.is_yes).then(|| refusal_of_tokens(question, &answer.policies, told()));
        Judgement { allowed: answer.is_yes, policies: answer.policies, refusal, facts }
    }

    /// Whether it makes a difference to what somebody may do with tokens that they are in this group: a policy about that
    /// mentions it.
    pub fn group_matters(&self, group: &str) -> bool {
        let acts = [Act::List, Act::Show, Act::Revoke, Act::Export].map(Act::name);
        self.0.is_mentioned_about(group, &acts)
    }

    /// Whether a policy may tell one owner's tokens from another's. Where none does, what is answered of somebody's tokens is
    /// true of everybody's that are not the person's own.
    pub fn tells_owners_apart(&self) -> bool {
        self.0.tell_owners_apart()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{About, PolicyFile, PolicyTexts, Vocabulary, Who};
    use super::super::tests::engine;
    use super::*;
    use crate::identity::{Identity, Membership};
    use crate::ids::Login;
    use crate::policy::samples::alice;
    use crate::request::samples::noon;
    use std::collections::{BTreeMap, BTreeSet};

    fn of(groups: &[&str]) -> Who {
        Who { groups: groups.iter().map(|group| (*group).to_owned()).collect(), ..alice() }
    }

    fn ask(engine: &Engine, who: &Who, about: About<'_>) -> Judgement {
        engine.may_handle(&TokenQuestion { who, organization: &Login::new("acme"), about, now: noon() })
    }

    fn sees(engine: &Engine, who: &Who, owner: &str, is_own: bool) -> Judgement {
        ask(engine, who, About::Of { owner: &Login::new(owner), is_own })
    }

    fn with(text: &str) -> Engine {
        let file = PolicyFile { name: "policies/own.cedar".to_owned(), text: text.to_owned() };
        let organizations = ["acme", "globex"].map(|name| name.parse().unwrap()).to_vec();
        let vocabulary = Vocabulary {
            groups: ["juniors", "contractors", "suspects"].map(str::to_owned).into(),
            repository_groups: BTreeSet::new(),
            organizations,
            people: ["octocat", "monalisa"].map(Login::new).into_iter().collect(),
        };
        Engine::load(PolicyTexts::new(vec![file], vec![]), &vocabulary).unwrap().0
    }

    #[test]
    fn a_group_matters_where_a_policy_about_tokens_mentions_it() {
        let engine = with(
            r#"@id("a") forbid (principal in Group::"juniors", action == Action::"approve", resource);
               @id("b") forbid (principal in Group::"contractors", action in [Action::"deny", Action::"export"], resource);
               @id("c") forbid (principal in Group::"suspects", action, resource);"#,
        );

        let groups = ["juniors", "contractors", "suspects", "managers", "auditors", "nobody"];
        assert_eq!(groups.map(|group| engine.group_matters(group)), [false, true, true, true, true, false]);
    }

    #[test]
    fn managers_list_and_see_auditors_see_and_everybody_sees_their_own() {
        let [manager, auditor, nobody] = [of(&["managers"]), of(&["auditors"]), of(&[])];

        assert!(ask(engine(), &manager, About::All).allowed);
        assert!(!ask(engine(), &manager, About::Export).allowed);
        assert!(ask(engine(), &auditor, About::Export).allowed);
        assert!(sees(engine(), &manager, "octocat", false).allowed);
        assert!(!ask(engine(), &auditor, About::All).allowed);
        assert!(sees(engine(), &auditor, "octocat", false).allowed);
        assert!(sees(engine(), &nobody, "alice", true).allowed);
        for refused in [ask(engine(), &nobody, About::All), sees(engine(), &nobody, "octocat", false)] {
            let organization = Login::new("acme");
            assert_eq!(refused.refusal, Some(Refusal::MayNotLook { organization }));
        }
        let refused = ask(engine(), &nobody, About::Export);
        assert_eq!(refused.refusal, Some(Refusal::MayNotExport { organization: Login::new("acme") }));
    }

    #[test]
    fn whoever_is_not_who_they_should_be_sees_nothing_of_anybody() {
        let manager = || of(&["managers"]);
        let membership = Membership::Unknown("502".to_owned());
        let unknown = BTreeMap::from([("managers".to_owned(), "Slack does not answer".to_owned())]);
        for (who, name) in [
            (Who { membership: Membership::Inactive, ..manager() }, "not_a_member"),
            (Who { membership, ..manager() }, "cannot_tell"),
            (Who { identity: Identity::Unlinked, ..manager() }, "unknown_account"),
            (Who { unknown_groups: unknown, groups: BTreeSet::new(), ..manager() }, "cannot_tell"),
        ] {
            let of_all = [About::All, About::Export].map(|about| ask(engine(), &who, about));
            for judgement in of_all.into_iter().chain([sees(engine(), &who, "octocat", false)]) {
                assert!(!judgement.allowed);
                assert_eq!(judgement.refusal.unwrap().name(), name);
            }
        }
    }

    #[test]
    fn a_policy_may_tell_owners_apart() {
        assert!(!engine().tells_owners_apart());
        let hidden = with(
            r#"@id("secret") forbid (principal, action == Action::"show", resource is Token)
               when { resource.owner == "octocat" };"#,
        );

        assert!(hidden.tells_owners_apart());
        assert!(!sees(&hidden, &of(&["managers"]), "octocat", false).allowed);
        assert!(sees(&hidden, &of(&["managers"]), "monalisa", false).allowed);
        let other = with(
            r#"@id("later") forbid (principal, action == Action::"show", resource is Token)
               when { resource.organization == "globex" };"#,
        );
        assert!(!other.tells_owners_apart());
    }

    #[test]
    fn however_an_owner_is_spelt_they_are_told_apart() {
        for condition in [
            r#"resource == Token :: "acme/octocat""#,
            "resource == Token // the one\n :: \"acme/octocat\"",
            r#"resource["owner"] == "octocat""#,
            r#"resource["\u{6f}wner"] == "octocat""#,
            r#"[Token::"acme/octocat"].contains(resource)"#,
        ] {
            let text = format!(
                r#"@id("one") forbid (principal, action == Action::"show", resource is Token) when {{ {condition} }};"#
            );
            assert!(with(&text).tells_owners_apart(), "{condition}");
        }
    }

    #[test]
    fn an_answer_can_be_worked_out_again_from_the_record() {
        for judgement in [
            ask(engine(), &of(&["managers"]), About::All),
            ask(engine(), &of(&[]), About::All),
            ask(engine(), &of(&["auditors"]), About::Export),
            sees(engine(), &of(&["managers"]), "octocat", false),
            sees(engine(), &of(&[]), "alice", true),
        ] {
            let again = engine().again(&judgement.facts).unwrap();
            assert_eq!((again.is_yes, again.policies), (judgement.allowed, judgement.policies));
        }
    }
}
