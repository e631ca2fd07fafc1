//! The engine: its containers as they are, and what it tells.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use tokio_util::sync::CancellationToken;

use super::crew::Crew;
use crate::daemon::effect::Look;
use crate::daemon::event::{Change, EngineEvent, Event, Running};
use crate::daemon::work::Tell;
use crate::docker::{ContainerEvent, Engine, Occurrence};
use crate::model::failure::Disposition;
use crate::model::name::{ProjectName, ServiceName};
use crate::model::observed::ContainerState;
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::model::snapshot::{HealthNow, ServiceNow};
use crate::reconcile;
use crate::report::{self, Health, ServiceStatus, StackStatus};

impl Crew {
    /// Lists the containers, and sorts them into stacks.
    pub(super) async fn observe(&self, look: Look) -> Event {
        let seen = self.observed(&look).await;
        if seen.is_err() {
            self.give_up_engine().await;
        }
        Event::Observed(look, seen)
    }

    async fn observed(&self, look: &Look) -> Result<Vec<Running>, Trouble> {
        let (context, engine) = (self.context(), self.engine().await?);
        let listed = match look {
            Look::All => engine.list().await,
            Look::Stacks(stacks) => {
                let lists = stacks.iter().map(|project| engine.list_project(project));
                try_join_all(lists).await.map(|lists| lists.into_iter().flatten().collect())
            }
        };
        let mut containers = listed.map_err(|error| Trouble::of(&error))?;
        for container in &mut containers {
            if container.state == ContainerState::Exited {
                // One that has gone away meanwhile is shown as it was listed.
                if let Ok(inspected) = engine.inspect(&container.id).await {
                    *container = inspected;
                }
            }
        }
        // Where the mirrors cannot be read, the labels tell.
        let applied = reconcile::applied(&context, self.sources(|_| true)).await;
        let applied: BTreeMap<String, String> = applied
            .unwrap_or_default()
            .into_iter()
            .map(|(project, revision)| (project.to_string(), revision.to_string()))
            .collect();
        let instance = context.settings.instance.as_str();
        let stacks = report::of_containers(&containers, instance, &applied);
        Ok(stacks.into_iter().filter_map(running).collect())
    }

    /// Listens to the engine until it falls silent for good.
    pub(super) async fn watch(&self, tell: Tell, cancel: CancellationToken) -> Event {
        let engine = match self.engine().await {
            Ok(engine) => engine,
            Err(trouble) => return Event::WatchEnded(trouble),
        };
        let listening = self.listen(&engine, &tell);
        let trouble = tokio::select! {
            trouble = listening => trouble,
            () = cancel.cancelled() => over(),
        };
        self.give_up_engine().await;
        Event::WatchEnded(trouble)
    }

    async fn listen(&self, engine: &Engine, tell: &Tell) -> Trouble {
        // A little before now, so that nothing falls between the listing and the first event.
        let mut watch = engine.watch(Some(self.now().saturating_sub(1)));
        // The engine answers the question itself only with the first event; it was there a moment ago.
        tell.event(Event::Engine(EngineEvent::Back)).await;
        let instance = self.context().settings.instance.clone();
        loop {
            match watch.next().await {
                Ok(event) if event.instance == instance.as_str() => {
                    if let Some(event) = told(event) {
                        tell.event(Event::Engine(event)).await;
                    }
                }
                Ok(_anothers) => (),
                Err(error) => {
                    self.gate.doubt();
                    return Trouble::of(&error);
                }
            }
        }
    }
}

fn over() -> Trouble {
    Trouble {
        error: "the daemon ends".to_owned(),
        causes: Vec::new(),
        excerpt: None,
        hint: None,
        disposition: Disposition::WaitForChange,
    }
}

fn told(event: ContainerEvent) -> Option<EngineEvent> {
    let change = match event.what {
        Occurrence::Started => Change::Started,
        Occurrence::Died => Change::Died,
        Occurrence::Stopped => Change::Stopped,
        Occurrence::Removed => Change::Removed,
        Occurrence::Health => Change::Health,
        Occurrence::Other => Change::Other,
    };
    Some(EngineEvent::Container {
        project: ProjectName::parse(event.project).ok()?,
        id: event.id,
        name: event.name,
        change,
        at: event.at,
    })
}

fn running(stack: StackStatus) -> Option<Running> {
    Some(Running {
        project: ProjectName::parse(stack.project).ok()?,
        applied: stack.revision.map(Revision::from),
        services: stack.services.into_iter().filter_map(service).collect(),
    })
}

fn service(service: ServiceStatus) -> Option<ServiceNow> {
    let health = match service.health {
        Health::Healthy => HealthNow::Healthy,
        Health::Progressing => HealthNow::Progressing,
        Health::Degraded => HealthNow::Degraded,
        Health::Missing => HealthNow::Missing,
        Health::Suspended => HealthNow::Suspended,
    };
    Some(ServiceNow {
        name: ServiceName::parse(service.name).ok()?,
        state: service.state,
        health,
        containers: service.containers,
    })
}
