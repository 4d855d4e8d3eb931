//! Asks the rules that decide alone. Whatever is not one clear answer is for people.

use super::super::consulting::{Advice, Consultation, Consulted, Instead, LeftToPeople};
use super::super::facts::Asked;
use super::super::understood::gap;
use super::super::{Act, Judgement, unknown_membership};
use super::{Engine, failed};
use crate::request::{Refusal, TokenRequest};

/// How many of one person's requests a rule approves in a day that does not say.
const USUAL_CAP: u32 = 5;

impl Engine {
    /// Asks whether a rule approves, and whether one denies. Both are asked, and both are on record.
    pub fn consult(&self, consultation: &Consultation<'_>) -> Consulted {
        let [approve, deny] = [Act::AutoApprove, Act::AutoDeny].map(|act| self.may_alone(consultation, act));
        let advice = self.advice(consultation, &approve, &deny);
        Consulted { advice, approve, deny }
    }

    fn may_alone(&self, consultation: &Consultation<'_>, act: Act) -> Judgement {
        let asked = Asked::of_rules(consultation, act);
        let facts = asked.recorded(self.hash());
        match self.0.ask(&asked) {
            Ok(answer) => {
                let refusal = (!answer.is_yes).then(|| Refusal::Policy { policies: answer.policies.clone() });
                Judgement { allowed: answer.is_yes, policies: answer.policies, refusal, facts }
            }
            Err(failure) => failed(failure, facts),
        }
    }

    fn advice(&self, consultation: &Consultation<'_>, approve: &Judgement, deny: &Judgement) -> Advice {
        let Consultation { request, approvers, needs, requester, now, .. } = consultation;
        let people = |why: &'static str| Advice::People(why.into());
        if let Some(gap) = gap(request, approvers.is_some(), *now) {
            return people(gap);
        }
        if has_failed(approve) || has_failed(deny) {
            return people("a policy failed");
        }
        if let Some(doubt) = &requester.doubt {
            return Advice::People(doubt.clone());
        }
        if let Some((group, cause)) = requester.unknown_groups.iter().next()
            && self.0.ask_for_groups()
        {
            let words = unknown_membership(group, cause);
            return Advice::People(LeftToPeople::because(
                "a membership that policies ask for is not known",
                words,
            ));
        }
        // Whatever forbids the denial: a prohibition more must not make an approval of it.
        let would_deny = self.0.permits(&Asked::of_rules(consultation, Act::AutoDeny));
        let would_deny = deny.allowed || would_deny.map_or(true, |rules| !rules.is_empty());
        match (approve.policies.first(), deny.policies.first()) {
            _ if approve.allowed && would_deny => people("one rule would approve and another deny"),
            // A rule stands for one person's yes at most, and for none of whom a group has to agree.
            _ if approve.allowed && (needs.approvals() > 1 || !needs.groups().is_empty()) => {
                people("more than one person, or a certain group, has to agree")
            }
            (Some(rule), _) if approve.allowed => {
                Advice::Approve { rule: rule.clone(), cap: self.cap(&approve.policies) }
            }
            (_, Some(first)) if deny.allowed => {
                let said = |rule: &String| Some((rule.clone(), self.0.annotation(rule, "message")?));
                // Where several deny, the one that says why.
                let (rule, message) = match deny.policies.iter().find_map(said) {
                    Some((rule, message)) => (rule, Some(message)),
                    None => (first.clone(), None),
                };
                Advice::Deny { rule, message, instead: self.instead(consultation) }
            }
            (Some(_) | None, Some(_) | None) => people("no rule decides it"),
        }
    }

    /// The smallest number that a rule which approves allows. One that can't be read allows nothing.
    fn cap(&self, rules: &[String]) -> u32 {
        let cap = |rule: &String| match self.0.annotation(rule, "cap_per_person_day") {
            Some(number) => number.parse().unwrap_or(0),
            None => USUAL_CAP,
        };
        rules.iter().map(cap).min().unwrap_or(0)
    }

    /// The widest change that no rule would deny, as the rules themselves say of the changed request.
    fn instead(&self, consultation: &Consultation<'_>) -> Option<Instead> {
        let Consultation { request, now, .. } = consultation;
        Instead::first(&request.facts, *now, |instead| {
            let facts = instead.applied(&request.facts, *now);
            let changed = TokenRequest { facts, ..(*request).clone() };
            // Which groups a selection touches nobody knows; it counts as touching what all repositories do.
            let changed = Consultation { request: &changed, ..consultation.clone() };
            let judgement = self.may_alone(&changed, Act::AutoDeny);
            let is_something = !changed.request.facts.permissions.is_empty();
            is_something && !judgement.allowed && !has_failed(&judgement)
        })
    }
}

fn has_failed(judgement: &Judgement) -> bool {
    judgement.facts.contains_key("failure")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::TimeDelta;

    use super::*;
    use crate::policy::{Needs, Requesting, Widest};
    use crate::request::samples::{facts, noon, pending};
    use crate::request::{
        Expiry, Facts, Level, Permission, PermissionGroup, Permissions, Repositories, TokenRequest,
    };

    const APPROVES: &str = r#"@id("approves") permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest);"#;

    /// Denies what `when` says.
    fn denying(when: &str) -> String {
        format!(
            r#"@id("denies") @message("Not here.")
               permit (principal is Rule, action == Action::"autoDeny", resource is TokenRequest) when {{ {when} }};"#
        )
    }

    fn request(facts: Facts) -> TokenRequest {
        TokenRequest { facts, ..pending() }
    }

    fn advice_on(rules: &str, request: &TokenRequest) -> Advice {
        let approvers = vec!["approvers".to_owned()];
        let groups = ["docs".to_owned()].into();
        let consultation = Consultation {
            request,
            approvers: Some(&approvers),
            touches: vec![],
            answered_by: None,
            needs: &Needs::new(1, BTreeSet::new()),
            requester: Requesting { is_linked: true, groups, ..Requesting::default() },
            now: noon(),
        };
        Engine::with_unvalidated(rules).consult(&consultation).advice
    }

    fn advice(rules: &str) -> Advice {
        advice_on(rules, &pending())
    }

    fn people(why: &'static str) -> Advice {
        Advice::People(why.into())
    }

    #[test]
    fn without_a_rule_that_says_so_people_decide() {
        assert_eq!(advice(""), people("no rule decides it"));
        assert_eq!(advice(&denying("false")), people("no rule decides it"));
    }

    #[test]
    fn a_rule_approves_in_its_name_and_as_often_as_it_allows() {
        let capped = |cap: &str| {
            let rule =
                r#"permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest);"#;
            format!("@id(\"capped\") @cap_per_person_day(\"{cap}\") {rule}")
        };
        let approve = |rule: &str, cap| Advice::Approve { rule: rule.to_owned(), cap };

        assert_eq!(advice(APPROVES), approve("approves", 5));
        assert_eq!(advice(&capped("3")), approve("capped", 3));
        assert_eq!(
            advice(&format!("{APPROVES} {}", capped("3"))),
            approve("approves", 3),
            "the smallest counts"
        );
        for unreadable in ["many", "-1", ""] {
            assert_eq!(advice(&capped(unreadable)), approve("capped", 0));
        }
    }

    #[test]
    fn rules_know_the_groups_of_who_asks() {
        let only = |group: &str| {
            format!(
                r#"@id("group") permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest)
                   when {{ context.requesterLinked && context.requesterGroups.contains(Group::"{group}") }};"#
            )
        };

        assert!(matches!(advice(&only("docs")), Advice::Approve { .. }));
        assert_eq!(advice(&only("security")), people("no rule decides it"));
    }

    #[test]
    fn what_a_rule_answered_is_worked_out_again_from_the_record_alone() {
        let rule = r#"@id("group") permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest)
            when { context.requesterLinked && context.requesterGroups.contains(Group::"docs") };
            @id("stranger") permit (principal is Rule, action == Action::"autoDeny", resource is TokenRequest)
            unless { context.requesterLinked };"#;
        let engine = Engine::with_unvalidated(rule);
        let approvers = vec!["approvers".to_owned()];
        let (request, needs) = (request(facts()), Needs::new(1, BTreeSet::new()));
        let in_docs =
            Requesting { is_linked: true, groups: ["docs".to_owned()].into(), ..Requesting::default() };
        let in_none = Requesting { is_linked: true, ..Requesting::default() };

        let answers = [in_docs, in_none, Requesting::default()].map(|requester| {
            let consulted = engine.consult(&Consultation {
                request: &request,
                approvers: Some(&approvers),
                touches: vec![],
                answered_by: None,
                needs: &needs,
                requester,
                now: noon(),
            });
            [consulted.approve, consulted.deny].map(|judgement| {
                assert_eq!(judgement.refusal.is_none(), judgement.allowed);
                let again = engine.again(&judgement.facts).unwrap();
                assert_eq!((again.is_yes, &again.policies), (judgement.allowed, &judgement.policies));
                again.is_yes
            })
        });

        assert_eq!(answers, [[true, false], [false, false], [false, true]]);
    }

    #[test]
    fn a_prohibition_wins() {
        let forbid = r#"@id("no") forbid (principal is Rule, action == Action::"autoApprove", resource is TokenRequest);"#;

        assert_eq!(advice(&format!("{APPROVES} {forbid}")), people("no rule decides it"));
    }

    #[test]
    fn rules_at_odds_leave_it_to_people() {
        assert_eq!(
            advice(&format!("{APPROVES} {}", denying("true"))),
            people("one rule would approve and another deny")
        );
    }

    #[test]
    fn a_rule_that_fails_leaves_it_to_people_whichever_it_is() {
        let overflow = "resource.lifetimeDays * 9223372036854775807 > 0";

        assert_eq!(advice(&format!("{APPROVES} {}", denying(overflow))), people("a policy failed"));
        let failing = format!(
            r#"{APPROVES} @id("x") forbid (principal is Rule, action == Action::"autoApprove", resource is TokenRequest)
               when {{ {overflow} }};"#
        );
        assert_eq!(advice(&failing), people("a policy failed"));
    }

    #[test]
    fn nothing_that_is_not_understood_is_decided_by_rule() {
        let odd = Permission { group: PermissionGroup::Repository, name: "teleportation".into() };
        let odd = Permissions::from_iter([(odd, Level::Read)]);
        let Repositories::Subset { listed, .. } = facts().repositories else { panic!("a subset") };
        let twice = [&listed[..1], &listed[..1]].concat();
        let spoilt = [
            Facts { permissions: odd, ..facts() },
            Facts { permissions: Permissions::default(), ..facts() },
            Facts { repositories: Repositories::Unknown("some".into()), ..facts() },
            Facts { repositories: Repositories::Subset { listed: vec![], count: Some(0) }, ..facts() },
            Facts { expiry: Expiry::Unknown, ..facts() },
            Facts { expiry: Expiry::At(noon()), ..facts() },
            Facts { created_at: None, ..facts() },
            Facts { created_at: Some(noon() + TimeDelta::seconds(61)), ..facts() },
            Facts { created_at: Some(noon() + TimeDelta::seconds(61)), expiry: Expiry::Never, ..facts() },
            Facts { repositories: Repositories::None, ..facts() },
            Facts { repositories: Repositories::Subset { listed: twice, count: Some(2) }, ..facts() },
            Facts { token: None, ..facts() },
            Facts { token_name: None, ..facts() },
        ];
        let everything = format!("{APPROVES} {}", denying("false"));
        for facts in spoilt {
            let advice = advice_on(&everything, &request(facts.clone()));
            assert!(matches!(advice, Advice::People(_)), "{facts:?}");
        }
        for request in [
            TokenRequest { enrichment: crate::request::Enrichment::Missing, ..pending() },
            TokenRequest { installation: None, ..pending() },
            TokenRequest { is_unasked: true, ..pending() },
        ] {
            assert!(matches!(advice_on(&everything, &request), Advice::People(_)));
        }
        assert!(matches!(advice(&everything), Advice::Approve { .. }));
    }

    #[test]
    fn a_denial_tells_the_widest_change_that_no_rule_denies() {
        let denied = |when: &str, facts: Facts| match advice_on(&denying(when), &request(facts)) {
            Advice::Deny { rule, message, instead } => {
                assert_eq!((rule.as_str(), message.as_deref()), ("denies", Some("Not here.")));
                instead
            }
            other => panic!("{other:?}"),
        };
        let eternal = || Facts { expiry: Expiry::Never, ..facts() };
        let everywhere = || Facts { repositories: Repositories::All, ..facts() };

        let nothing = Instead::default();
        let days = |days| Some(Instead { days: Some(days), ..nothing });
        let level = |level| Instead { level: Some(level), ..nothing };
        for longest in [1, 2, 7, 100, 179, 180, 181, 364, 365, 366] {
            let rule = format!("resource.lifetimeDays > {longest}");
            assert_eq!(denied(&rule, eternal()), days(longest));
        }
        assert_eq!(
            denied("resource.lifetimeDays > 366", eternal()),
            days(366),
            "GitHub offers no longer one"
        );
        assert_eq!(denied("resource.expiresInDays > 45", facts()), days(45));
        assert_eq!(denied("resource.lifetimeDays >= 90", facts()), days(89));
        // Neither is a short one allowed.
        assert_eq!(denied("resource.lifetimeDays > 40 || resource.lifetimeDays < 20", eternal()), days(40));
        assert_eq!(denied("resource.level > 1", facts()), Some(level(Widest::Read)));
        let admin = || administering(facts());
        assert_eq!(denied("resource.level > 2", admin()), Some(level(Widest::Write)));
        assert_eq!(denied("resource.level > 1", admin()), Some(level(Widest::Read)));
        assert_eq!(
            denied("resource.allRepositories", everywhere()),
            Some(Instead { selected: true, ..nothing })
        );
        assert_eq!(
            denied("resource.level > 1 || resource.neverExpires", eternal()),
            Some(Instead { days: Some(366), ..level(Widest::Read) })
        );
        assert_eq!(
            denied("resource.level > 2 || resource.lifetimeDays > 10", administering(eternal())),
            Some(Instead { days: Some(10), ..level(Widest::Write) })
        );
        let everything = administering(Facts { repositories: Repositories::All, ..eternal() });
        assert_eq!(
            denied(
                "resource.level > 1 || resource.lifetimeDays > 10 || resource.allRepositories",
                everything
            ),
            Some(Instead { days: Some(10), level: Some(Widest::Read), selected: true })
        );
        assert_eq!(denied("true", facts()), None);
    }

    fn administering(facts: Facts) -> Facts {
        let administration = Permission { group: PermissionGroup::Repository, name: "administration".into() };
        let all = facts.permissions.iter().map(|(permission, level)| (permission.clone(), level.clone()));
        let permissions = all.chain([(administration, Level::Admin)]).collect();
        Facts { permissions, ..facts }
    }

    #[test]
    fn a_denial_names_the_rule_that_says_why() {
        let silent = r#"@id("a-silent-one") permit (principal is Rule, action == Action::"autoDeny", resource is TokenRequest);"#;
        let Advice::Deny { rule, message, .. } =
            advice_on(&[silent, &denying("true")].concat(), &request(facts()))
        else {
            panic!("denied")
        };
        assert_eq!((rule.as_str(), message.as_deref()), ("denies", Some("Not here.")));

        let Advice::Deny { rule, message, .. } = advice_on(silent, &request(facts())) else {
            panic!("denied")
        };
        assert_eq!((rule.as_str(), message), ("a-silent-one", None));
    }

    /// One prohibition more makes no approval of what a rule would have denied.
    #[test]
    fn a_denial_that_is_forbidden_is_no_approval() {
        let forbidden = r#"@id("spares") forbid (principal is Rule, action == Action::"autoDeny", resource is TokenRequest);"#;
        let rules = [APPROVES, &denying("true"), forbidden].concat();

        assert!(matches!(advice_on(&rules, &request(facts())), Advice::People(_)));
        let denial_alone = [&denying("true"), forbidden].concat();
        assert_eq!(advice_on(&denial_alone, &request(facts())), people("no rule decides it"));
    }

    #[test]
    fn a_rule_stands_in_for_no_second_person_and_for_no_group() {
        let approvers = vec!["approvers".to_owned()];
        let request = request(facts());
        let needing = |needs: &Needs, rules: &str| {
            let consultation = Consultation {
                request: &request,
                approvers: Some(&approvers),
                touches: vec![],
                answered_by: None,
                needs,
                requester: Requesting { is_linked: true, ..Requesting::default() },
                now: noon(),
            };
            Engine::with_unvalidated(rules).consult(&consultation).advice
        };
        let of_a_group = Needs::new(1, ["security".to_owned()].into());

        for needs in [Needs::new(2, BTreeSet::new()), of_a_group] {
            let agree = "more than one person, or a certain group, has to agree";
            assert_eq!(needing(&needs, APPROVES), people(agree), "{needs:?}");
            assert!(matches!(needing(&needs, &denying("true")), Advice::Deny { .. }), "{needs:?}");
        }
        assert!(matches!(needing(&Needs::new(1, BTreeSet::new()), APPROVES), Advice::Approve { .. }));
    }

    #[test]
    fn an_unknown_group_leaves_it_to_people_where_policies_ask_for_groups() {
        let asking = r#"@id("docs") permit (principal is Rule, action == Action::"autoDeny", resource is TokenRequest)
            when { context.requesterGroups.contains(Group::"docs") };"#;
        let approvers = vec!["approvers".to_owned()];
        let (request, needs) = (request(facts()), Needs::new(1, BTreeSet::new()));
        let groups = ["sales".to_owned()];
        let consultation = Consultation {
            request: &request,
            approvers: Some(&approvers),
            touches: vec![],
            answered_by: None,
            needs: &needs,
            requester: Requesting::unlinked(groups.iter(), "nobody is linked to the account"),
            now: noon(),
        };
        let advice = |rules: &str| Engine::with_unvalidated(rules).consult(&consultation).advice;

        assert!(matches!(advice(APPROVES), Advice::Approve { .. }), "nobody asks for groups");
        let Advice::People(left) = advice(&[APPROVES, asking].concat()) else { panic!("a rule decides") };
        assert_eq!(left.why, "a membership that policies ask for is not known");
        assert!(left.words.unwrap().contains("sales"));
    }

    #[test]
    fn where_it_is_not_certain_who_asks_people_decide() {
        let approvers = vec!["approvers".to_owned()];
        let (request, needs) = (request(facts()), Needs::new(1, BTreeSet::new()));
        let consultation = |requester| Consultation {
            request: &request,
            approvers: Some(&approvers),
            touches: vec![],
            answered_by: None,
            needs: &needs,
            requester,
            now: noon(),
        };
        let engine = Engine::with_unvalidated(APPROVES);
        let advice = |requester| engine.consult(&consultation(requester)).advice;

        assert!(matches!(advice(Requesting::default()), Advice::Approve { .. }));
        let doubtful = advice(Requesting::doubtful("the link between the accounts is new"));
        assert_eq!(doubtful, people("the link between the accounts is new"));
    }
}
