//! A project, rendered without an engine.

use super::arguments::ConfigArguments;
use super::failure::{Complaint, Error, Exit};
use super::pass;
use super::session::{Session, wait_for};
use super::target::Target;
use crate::compose::{self, Loaded};
use crate::reconcile::{self, Context};
use crate::source::{DirTree, Links};

/// Loads the project that the arguments mean, and tells its warnings: a stack of a source where one is named, else a
/// project in place.
pub(super) fn render(session: &Session, arguments: &ConfigArguments) -> Result<Loaded, Complaint> {
    let context = session.context()?;
    let of_source = arguments.stack.is_some() || arguments.source.source.is_some();
    let (loaded, warnings) = if of_source {
        stack(session, &context, arguments)?
    } else {
        project(session, &context, arguments)?
    };
    session.screen.warn(&warnings);
    Ok(loaded)
}

/// Profiles that are forced: all of them where their names are asked for.
fn profiles(arguments: &ConfigArguments) -> Vec<String> {
    if arguments.view.profiles { vec!["*".to_owned()] } else { Vec::new() }
}

fn project(
    session: &Session,
    context: &Context,
    arguments: &ConfigArguments,
) -> Result<(Loaded, Vec<String>), Complaint> {
    let mut request = pass::request(session, context, &arguments.project)?;
    let forced = profiles(arguments);
    if !forced.is_empty() {
        request.profiles = forced;
    }
    let tree = DirTree::at(&request.project_directory, Links::Anywhere);
    let loaded = compose::load(&tree, &*context.keys, &request)
        .map_err(|error| Complaint::failed(&error))?;
    let warnings = loaded.warnings.iter().map(ToString::to_string).collect();
    Ok((loaded, warnings))
}

fn stack(
    session: &Session,
    context: &Context,
    arguments: &ConfigArguments,
) -> Result<(Loaded, Vec<String>), Complaint> {
    let sources = Target::sources_of(session, "render", &arguments.source)?;
    let [source] = &sources[..] else { return Err(Error::WhichSource.into()) };
    let wanted = (arguments.stack.clone(), profiles(arguments));
    wait_for(async {
        reconcile::show(context, source.clone(), wanted, session.terms())
            .await
            .map_err(|trouble| Complaint { trouble, exit: Exit::Failed })
    })
}
