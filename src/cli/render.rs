//! A project, read without an engine.

use super::checks::ConfigArguments;
use super::failure::{Complaint, Error};
use super::input;
use super::pass;
use super::session::{Session, wait_for};
use super::target::Target;
use crate::compose::{self, Open, Request, Step};
use crate::model::tree::Tree;
use crate::reconcile::{self, Context};

/// Whether the project is a stack of a source: where one is named, or where the first name can only be a stack's because the
/// settings have sources and nothing names a project in place.
pub(super) fn is_of_source(session: &Session, arguments: &ConfigArguments) -> bool {
    let named = arguments.source.source.is_some() || arguments.source.r#ref.is_some();
    let stack = !arguments.names.is_empty()
        && !arguments.project.any()
        && !session.settings.sources.is_empty();
    named || stack
}

/// What `load` makes of the project that the arguments mean.
pub(super) fn render<T: Send + 'static>(
    session: &Session,
    context: &Context,
    arguments: &ConfigArguments,
    load: fn(&dyn Tree, &dyn Open, &Request) -> Result<T, compose::Error>,
) -> Result<T, Complaint> {
    if is_of_source(session, arguments) {
        return stack(session, context, arguments, load);
    }
    let mut request = pass::request(session, context, &arguments.project)?;
    adapt(&mut request, arguments, &arguments.names);
    request.strict = context.strict;
    let tree = input::tree(session, &request)?;
    load(&*tree, &*context.keys, &request).map_err(|error| {
        let unknown = compose::Problem::is_unknown_service;
        if matches!(&error, compose::Error::Project(problem) if unknown(problem)) {
            Complaint::usage(&error)
        } else {
            Complaint::failed(&error)
        }
    })
}

fn stack<T: Send + 'static>(
    session: &Session,
    context: &Context,
    arguments: &ConfigArguments,
    load: fn(&dyn Tree, &dyn Open, &Request) -> Result<T, compose::Error>,
) -> Result<T, Complaint> {
    let sources = Target::sources_of(session, "render", &arguments.source)?;
    let [source] = &sources[..] else { return Err(Error::WhichSource.into()) };
    let (stack, services) = match arguments.names.split_first() {
        Some((stack, services)) => (Some(stack.clone()), services),
        None => (None, &[][..]),
    };
    let mut options = Request::default();
    adapt(&mut options, arguments, services);
    let keys = std::sync::Arc::clone(&context.keys);
    let load = move |tree: &dyn Tree, mut request: Request| {
        request.services = options.services;
        request.skip.extend(options.skip);
        if !options.profiles.is_empty() {
            request.profiles = options.profiles;
        }
        load(tree, &*keys, &request)
    };
    let (loaded, warnings) = wait_for(async {
        reconcile::show(context, source.clone(), stack, session.terms(), load)
            .await
            .map_err(Complaint::of)
    })?;
    session.screen.warn(&warnings);
    Ok(loaded)
}

/// Puts the options of the command line into a request.
fn adapt(request: &mut Request, arguments: &ConfigArguments, services: &[String]) {
    let (steps, view) = (&arguments.steps, &arguments.view);
    request.services = services.to_vec();
    // All of them where their names are asked for.
    if view.profiles {
        request.profiles = vec!["*".to_owned()];
    }
    let names_alone = view.services || view.volumes || view.networks || view.models || view.images;
    let skipped = [
        (steps.no_interpolate, Step::Interpolation),
        (steps.no_normalize, Step::Normalisation),
        (steps.no_path_resolution, Step::Paths),
        (steps.no_consistency, Step::Consistency),
        (steps.no_env_resolution || names_alone, Step::EnvFiles),
    ];
    request.skip.extend(skipped.into_iter().filter_map(|(skip, step)| skip.then_some(step)));
    if let Some(wanted) = view.hash.as_deref().filter(|wanted| *wanted != "*") {
        let names = wanted.split(',').map(str::trim).filter(|name| !name.is_empty());
        request.services = names.map(str::to_owned).collect();
    }
}
