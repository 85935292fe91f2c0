//! In which order lists are read: those without a parent first, then the lists of each of their records, and so on.

use super::{
    boards,
    context::{ConfiguredStream, SyncContext},
    deletions::lists::{Comparison, compare},
    lists::{self, Collected, Downstream},
    partitions::{Partition, PartitionSpec, depth},
};
use crate::{
    protocol::Failure,
    state::{BoardsState, ListState},
    streams::Stream,
};
use futures_util::{StreamExt, stream};
use std::{collections::BTreeMap, iter};

/// Streams that are read at the same time.
const SIDE_BY_SIDE: usize = 4;

/// A list stream that is read: for its records, for its children, or for a comparison.
pub(super) struct Node {
    stream: &'static Stream,
    sent: Option<ConfiguredStream<ListState>>,
    boards: Option<ConfiguredStream<BoardsState>>,
    compared: Option<Comparison>,
}

impl Node {
    const fn silent(stream: &'static Stream) -> Self {
        Self { stream, sent: None, boards: None, compared: None }
    }

    const fn is_wanted(&self) -> bool {
        self.sent.is_some() || self.boards.is_some() || self.compared.is_some()
    }
}

/// Each list stream once, whoever wants it.
pub(super) fn nodes(
    sent: Vec<ConfiguredStream<ListState>>,
    boards: Vec<ConfiguredStream<BoardsState>>,
    compared: Vec<Comparison>,
) -> Vec<Node> {
    let sent = sent
        .into_iter()
        .map(|sent| (sent.stream, sent))
        .map(|(stream, sent)| Node { sent: Some(sent), ..Node::silent(stream) });
    let boards = boards
        .into_iter()
        .map(|boards| (boards.stream, boards))
        .map(|(stream, boards)| Node { boards: Some(boards), ..Node::silent(stream) });
    let mut nodes: Vec<Node> = sent.chain(boards).collect();
    for comparison in compared {
        let of = comparison.diff.list;
        match nodes.iter_mut().find(|node| node.stream.name == of.name) {
            Some(node) => node.compared = Some(comparison),
            None => nodes.push(Node { compared: Some(comparison), ..Node::silent(of) }),
        }
    }
    nodes
}

/// Reads them all, and the parents that they need besides, which are read without being sent.
pub(super) async fn read(sync: &SyncContext, nodes: Vec<Node>) {
    let mut open = with_parents(nodes);
    let mut partitions: BTreeMap<&'static str, Result<Vec<Partition>, Failure>> = BTreeMap::new();
    while !open.is_empty() {
        let least = open.iter().map(|node| depth(node.stream)).min();
        let (now, later): (Vec<Node>, Vec<Node>) = open.into_iter().partition(|node| Some(depth(node.stream)) == least);
        open = later;
        let jobs: Vec<_> = now
            .into_iter()
            .map(|node| {
                let own = partitions.remove(node.stream.name).unwrap_or(Ok(Vec::new()));
                let downstream = downstream(&node, &open);
                async move { (read_node(sync, node, own, &downstream).await, downstream) }
            })
            .collect();
        let results: Vec<(Result<Collected, Failure>, Downstream)> =
            stream::iter(jobs).buffer_unordered(SIDE_BY_SIDE).collect().await;
        for (collected, downstream) in results {
            let children = downstream.children.iter().map(|spec| spec.stream);
            match collected {
                Ok(collected) => partitions.extend(children.zip(collected.into_iter().map(Ok))),
                Err(failure) => partitions.extend(children.map(|child| (child, Err(failure.clone())))),
            }
        }
    }
}

/// Reads one node; `partitions` are those of its parent, if it has one.
async fn read_node(
    sync: &SyncContext,
    node: Node,
    partitions: Result<Vec<Partition>, Failure>,
    downstream: &Downstream,
) -> Result<Collected, Failure> {
    let Node { stream, mut sent, boards, mut compared } = node;
    if let Some(boards) = boards {
        boards::read(sync, boards, partitions).await;
        return Ok(Vec::new());
    }
    let result = match partitions {
        Ok(partitions) => {
            let partitions = parent_of(stream).map(|_| partitions.as_slice());
            let state = sent.as_mut().map(|sent| &mut sent.state);
            let mut on_list = |partition: &Partition, records: &[std::borrow::Cow<'_, str>], date| {
                if let Some(comparison) = &mut compared {
                    comparison.lists.add(partition, records, date);
                }
            };
            lists::read(sync, stream, partitions, state, downstream, &mut on_list).await.map_err(Failure::from)
        }
        Err(failure) => Err(failure),
    };
    let outcome = || result.as_ref().map(|_| ()).map_err(Clone::clone);
    if let Some(mut sent) = sent {
        sent.state.complete = result.is_ok() && sync.report.failure(stream.name).is_none();
        sync.end(&sent, outcome());
    }
    if let Some(comparison) = compared {
        compare(sync, comparison, outcome()).await;
    }
    result
}

fn parent_of(stream: &'static Stream) -> Option<&'static Stream> {
    PartitionSpec::of(stream).map(|(parent, _)| parent)
}

/// Who depends on a node's records; `later` are the nodes that are still to be read.
fn downstream(node: &Node, later: &[Node]) -> Downstream {
    let children = later.iter().filter_map(|later| PartitionSpec::of(later.stream));
    let children = children.filter(|(parent, _)| parent.name == node.stream.name).map(|(_, spec)| spec).collect();
    let depends = |stream: &'static Stream| {
        iter::successors(Some(stream), |stream| parent_of(stream)).any(|above| above.name == node.stream.name)
    };
    let wanted = iter::once(node).chain(later).filter(|node| node.is_wanted()).map(|node| node.stream);
    Downstream { children, affected: wanted.filter(|stream| depends(stream)).map(|stream| stream.name).collect() }
}

/// These, and the parents that they need besides.
fn with_parents(mut nodes: Vec<Node>) -> Vec<Node> {
    let mut at = 0;
    while let Some(node) = nodes.get(at) {
        let missing =
            parent_of(node.stream).filter(|parent| nodes.iter().all(|known| known.stream.name != parent.name));
        nodes.extend(missing.map(Node::silent));
        at += 1;
    }
    nodes
}
