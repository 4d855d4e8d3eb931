//! The service of a story, on a runtime of its own so that it can be killed at any instant.

use std::time::Duration;

use countersign::app::{App, Service};
use countersign::clock::Clock;
use countersign::demo::Stage;
use countersign::jobs::Progress;
use countersign::store::Probe;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// A story that takes longer is stuck; what has ten thousand requests in it takes most of a minute on a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);

/// A running service.
pub(crate) struct Running {
    pub(crate) app: App,
    pub(crate) base: String,
    pub(crate) admin: String,
    pub(crate) rest: Rest,
    runtime: Option<Runtime>,
    /// Kept so that the service's tasks live; dropping it ends them.
    service: Option<Service>,
}

impl Running {
    /// Starts the service for a stage, on a runtime of its own.
    pub(crate) async fn start(stage: &Stage, probe: Probe) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime for the service");
        let stage = stage.clone();
        let opening = runtime.spawn(async move {
            let config = stage.load().expect("the configuration is in order");
            stage.open(config, probe).await.expect("the service starts")
        });
        let service = opening.await.expect("starting does not panic");
        Self {
            base: format!("http://{}", service.public),
            admin: format!("http://{}", service.admin),
            rest: Rest {
                progress: service.progress.clone(),
                commits: service.app.store.commits(),
                clock: service.app.clock.clone(),
            },
            app: service.app.clone(),
            runtime: Some(runtime),
            service: Some(service),
        }
    }

    /// Ends every task where it stands.
    pub(crate) async fn kill(mut self) {
        let (runtime, service) = (self.runtime.take(), self.service.take());
        drop(self);
        // Ending a runtime blocks until its threads have stopped.
        let ended = tokio::task::spawn_blocking(move || {
            drop(service);
            if let Some(runtime) = runtime {
                runtime.shutdown_timeout(PATIENCE);
            }
        });
        ended.await.expect("ending does not panic");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Tells when a service has nothing to do.
#[derive(Clone)]
pub(crate) struct Rest {
    progress: watch::Receiver<Progress>,
    commits: watch::Receiver<u64>,
    clock: Clock,
}

impl Rest {
    /// Returns once the worker has looked at every commit so far and nothing is due. A dead service is at rest.
    pub(crate) async fn reached(&self) {
        let mut progress = self.progress.clone();
        let rest = async {
            while progress.wait_for(|seen| self.allows(seen)).await.is_ok() && !self.is_reached() {}
        };
        tokio::time::timeout(PATIENCE, rest).await.expect("the worker comes to rest");
    }

    /// Returns once the worker has looked for work that others have made, if it was time to. What it does then it is not
    /// at rest from.
    pub(crate) async fn looked(&self) {
        let mut progress = self.progress.clone();
        let has_looked =
            |seen: &Progress| seen.looks_at.is_some_and(|at| at > self.clock.now()) || !seen.is_idle;
        let looked = progress.wait_for(has_looked);
        tokio::time::timeout(PATIENCE, looked).await.expect("the worker looks for work").ok();
    }

    /// Returns once the service is dead.
    pub(crate) async fn gone(&self) {
        self.progress.clone().wait_for(|_| false).await.err();
    }

    pub(crate) fn is_reached(&self) -> bool {
        self.allows(&self.progress.borrow())
    }

    fn allows(&self, progress: &Progress) -> bool {
        progress.is_at_rest(*self.commits.borrow(), self.clock.now())
    }
}
