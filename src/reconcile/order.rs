//! The order between stacks: which must be healthy before which.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::name::ProjectName;
use crate::model::project::Project;

use super::error::Error;

/// A stack, as far as the order is concerned.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Its project.
    pub(super) name: ProjectName,
    /// What `conductor.yaml` says must be healthy first.
    pub(super) declared: Vec<ProjectName>,
    /// The networks and volumes that it makes.
    pub(super) makes: BTreeSet<Thing>,
    /// The external ones that it uses.
    pub(super) uses: BTreeSet<Thing>,
}

/// Something at the engine that stacks may share, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// A network.
    Network(String),
    /// A volume.
    Volume(String),
}

impl Node {
    /// Whether it can run without a look at any other stack.
    pub(super) fn needs_nobody(&self) -> bool {
        self.declared.is_empty() && self.uses.is_empty()
    }

    /// Takes from a project what it makes and uses; nothing where it could not be rendered.
    pub(super) fn of(
        name: &ProjectName,
        declared: &[ProjectName],
        project: Option<&Project>,
    ) -> Self {
        let networks = project.into_iter().flat_map(|project| project.networks.values());
        let networks =
            networks.map(|network| (network.external, Thing::Network(network.name.clone())));
        let volumes = project.into_iter().flat_map(|project| project.volumes.values());
        let volumes = volumes.map(|volume| (volume.external, Thing::Volume(volume.name.clone())));
        let (uses, makes): (Vec<_>, Vec<_>) =
            networks.chain(volumes).partition(|(external, _)| *external);
        let names = |things: Vec<(bool, Thing)>| things.into_iter().map(|(_, thing)| thing);
        Self {
            name: name.clone(),
            declared: declared.to_vec(),
            makes: names(makes).collect(),
            uses: names(uses).collect(),
        }
    }
}

/// What each stack waits for, by place in `nodes`; or why it never can. `others` are stacks that exist and are no part
/// of this pass: nobody waits for them.
pub(super) fn order(nodes: &[Node], others: &[ProjectName]) -> Vec<Result<BTreeSet<usize>, Error>> {
    let places: BTreeMap<&ProjectName, usize> =
        nodes.iter().enumerate().map(|(place, node)| (&node.name, place)).collect();
    let found: Vec<Result<BTreeSet<usize>, Error>> =
        nodes.iter().map(|node| needs(node, nodes, &places, others)).collect();
    let edges: Vec<BTreeSet<usize>> =
        found.iter().map(|needs| needs.as_ref().cloned().unwrap_or_default()).collect();
    let on_ring = |place: usize| {
        let ring = ring(place, &edges)?;
        Some(Error::Ring {
            names: ring
                .into_iter()
                .filter_map(|place| nodes.get(place))
                .map(|node| node.name.clone())
                .collect(),
        })
    };
    found
        .into_iter()
        .enumerate()
        .map(|(place, needs)| needs.and_then(|needs| on_ring(place).map_or(Ok(needs), Err)))
        .collect()
}

fn needs(
    node: &Node,
    nodes: &[Node],
    places: &BTreeMap<&ProjectName, usize>,
    others: &[ProjectName],
) -> Result<BTreeSet<usize>, Error> {
    let mut needs = BTreeSet::new();
    for name in &node.declared {
        match places.get(name) {
            Some(place) => {
                needs.insert(*place);
            }
            None if others.contains(name) => (),
            None => {
                let known = places.keys().map(|known| (*known).clone());
                return Err(Error::NoSuchDependency {
                    name: name.clone(),
                    known: known.chain(others.iter().cloned()).collect(),
                });
            }
        }
    }
    let makers = nodes.iter().enumerate().filter(|(_, other)| {
        other.name != node.name && other.makes.iter().any(|thing| node.uses.contains(thing))
    });
    needs.extend(makers.map(|(place, _)| place));
    Ok(needs)
}

/// The shortest way from a stack back to itself, if there is one; it begins and ends with the stack.
fn ring(start: usize, edges: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way.last().copied().unwrap_or(start);
            for next in edges.get(last).into_iter().flatten() {
                let mut way = way.clone();
                way.push(*next);
                if *next == start {
                    return Some(way);
                }
                if seen.insert(*next) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::Failure as _;

    fn name(text: &str) -> ProjectName {
        ProjectName::parse(text).unwrap()
    }

    /// A line per stack, `name < declared +made -used`; answers what each waits for.
    fn check(text: &str) -> String {
        let nodes: Vec<Node> = text
            .lines()
            .map(|line| {
                let mut words = line.split_whitespace();
                let mut node = Node::of(&name(words.next().unwrap()), &[], None);
                for word in words {
                    match word.split_at(1) {
                        ("+", thing) => drop(node.makes.insert(Thing::Network(thing.to_owned()))),
                        ("-", thing) => drop(node.uses.insert(Thing::Network(thing.to_owned()))),
                        _ => node.declared.push(name(word)),
                    }
                }
                node
            })
            .collect();
        let ordered = order(&nodes, &[name("elsewhere")]);
        let line = |(node, needs): (&Node, &Result<BTreeSet<usize>, Error>)| match needs {
            Ok(needs) => {
                let needs: Vec<&str> =
                    needs.iter().map(|place| nodes[*place].name.as_str()).collect();
                format!("{}: {}", node.name, needs.join(" "))
            }
            Err(error) => format!("{}: {error} ({})", node.name, error.hint().unwrap()),
        };
        nodes.iter().zip(&ordered).map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_declared_and_what_is_shared_comes_first() {
        insta::assert_snapshot!(check("app db -front\ndb\nproxy +front\nalone -nobodys elsewhere"), @r"
        app: db proxy
        db: 
        proxy: 
        alone: 
        ");
    }

    #[test]
    fn a_stack_needs_no_other_for_what_it_makes_itself() {
        assert_eq!(check("proxy +front -front"), "proxy: ");
    }

    #[test]
    fn a_ring_is_named_and_stops_only_those_that_are_on_it() {
        insta::assert_snapshot!(check("a b\nb c\nc a\nd a\ne\nf f"), @r"
        a: the stacks `a` → `b` → `c` → `a` wait for each other (remove one of these `depends_on`, or an external network or volume)
        b: the stacks `b` → `c` → `a` → `b` wait for each other (remove one of these `depends_on`, or an external network or volume)
        c: the stacks `c` → `a` → `b` → `c` wait for each other (remove one of these `depends_on`, or an external network or volume)
        d: a
        e: 
        f: the stacks `f` → `f` wait for each other (remove one of these `depends_on`, or an external network or volume)
        ");
    }

    #[test]
    fn a_stack_that_does_not_exist_is_named_with_the_nearest() {
        insta::assert_snapshot!(check("app dbb\ndb"), @r"
        app: it needs the stack `dbb`, which no source holds (correct `depends_on` in `conductor.yaml`; there are app, db, elsewhere)
        db: 
        ");
    }
}
