//! Machine accounts: a machine counts as the person who answers for it.
//!
//! Its login is resolved once and its number pinned, like people's: who takes the login over later is not the machine. That
//! is done as soon as the configuration names it: a machine that is renamed before it asks for anything is still its owner's.

use super::{App, LinkError, Rules};
use crate::config::Machine;
use crate::identity::Machines;
use crate::ids::{GitHubUserId, InstallationId, Login};
use crate::request::Requester;
use crate::store::{Change, Committed, PinnedMachine, StoreError};

impl App {
    /// Who answers for a requester, if it is a machine account; by what is on record alone.
    pub async fn owner_on_record(
        &self,
        rules: &Rules,
        requester: &Requester,
    ) -> Result<Option<Login>, StoreError> {
        Ok(self.machines(rules).await?.owner_of(requester.id).cloned())
    }

    /// The machine accounts of the configuration, with what is on record about them.
    pub(super) async fn machines(&self, rules: &Rules) -> Result<Machines, StoreError> {
        if rules.book.machines.is_empty() {
            return Ok(Machines::default());
        }
        Ok(rules.book.machine_accounts(&self.store.machines().await?))
    }

    /// The same, asking GitHub about a machine that was never resolved.
    pub async fn owner_of(
        &self,
        rules: &Rules,
        requester: &Requester,
        installation: InstallationId,
    ) -> Result<Option<Login>, LinkError> {
        if let Some(owner) = self.owner_on_record(rules, requester).await? {
            return Ok(Some(owner));
        }
        let Some(machine) = rules.book.machines.get(&requester.login) else { return Ok(None) };
        match self.machine(&requester.login, machine, installation).await {
            Ok(number) => Ok((number == requester.id).then(|| machine.owner.clone())),
            Err(LinkError::NoSuchAccount(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Finds out the number of every machine that has none yet. Where no organization is in reach there is nobody to ask; it is
    /// done once one is.
    pub(crate) async fn pin_machines(&self) -> Result<(), LinkError> {
        let Some(installation) = self.served().await?.first().map(|served| served.id) else { return Ok(()) };
        for (login, machine) in &self.rules().book.machines {
            match self.machine(login, machine, installation).await {
                Ok(_) => {}
                // Whose name it is stands in no log.
                Err(LinkError::NoSuchAccount(_)) => {
                    tracing::warn!("GitHub knows no account by the login of a machine in the configuration");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The number of a machine in the configuration; pins it at first use, and anew when the reviewed number says so.
    async fn machine(
        &self,
        login: &Login,
        machine: &Machine,
        installation: InstallationId,
    ) -> Result<GitHubUserId, LinkError> {
        let _pinning = self.pinning.lock().await;
        let known = self.store.machines().await?.get(login).copied();
        let github = match (machine.github_id, known) {
            (Some(reviewed), _) => reviewed,
            (None, Some(known)) => known,
            (None, None) => {
                let found = self.github.user_by_login(installation, login).await?;
                found.ok_or_else(|| LinkError::NoSuchAccount(login.clone()))?.0
            }
        };
        if known == Some(github) {
            return Ok(github);
        }
        let pinned = PinnedMachine { login: login.clone(), github, pinned_at: self.clock.now() };
        let entries = vec![self.record().machine_pinned(&pinned, &machine.owner)];
        let change = Change { entries, machine: Some((pinned, known)), ..Change::default() };
        match self.store.commit(change).await? {
            Committed::Yes => Ok(github),
            Committed::LostRace
            | Committed::LostLease
            | Committed::Frozen
            | Committed::UsedUp
            | Committed::NotYet(_) => Err(LinkError::Moved(login.clone())),
        }
    }
}
