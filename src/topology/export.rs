//! Graphs as text for other programs: GraphML and DOT. The same graph always gives the same bytes.

use super::Graph;
use std::fmt::{Result, Write};

/// Name of the edge attribute that carries a graph's annotations.
const ATTRIBUTE: &str = "latency_ns";

/// Writes GraphML (Brandes, Eiglsperger, Lerner: "GraphML Primer"): node ids are `n` and the node's label, which also
/// stands as the node attribute `label`; annotations are the edge attribute `latency_ns`. `labels` has one label per
/// node, or is absent: then the node numbers are used.
///
/// # Panics
/// When there are fewer labels than nodes.
pub fn graphml(graph: &Graph, labels: Option<&[u64]>, out: &mut impl Write) -> Result {
    let label = labelling(graph, labels);
    out.write_str(concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"\n",
        "         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n",
        "         xsi:schemaLocation=\"http://graphml.graphdrawing.org/xmlns ",
        "http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd\">\n",
        "  <key id=\"label\" for=\"node\" attr.name=\"label\" attr.type=\"long\"/>\n",
    ))?;
    if graph.is_annotated() {
        writeln!(
            out,
            "  <key id=\"{ATTRIBUTE}\" for=\"edge\" attr.name=\"{ATTRIBUTE}\" attr.type=\"long\"/>"
        )?;
    }
    out.write_str("  <graph id=\"topology\" edgedefault=\"undirected\">\n")?;
    for node in 0..graph.nodes() {
        let label = label(node);
        writeln!(
            out,
            "    <node id=\"n{label}\"><data key=\"label\">{label}</data></node>"
        )?;
    }
    for (u, v) in graph.edge_pairs() {
        let (source, target) = (label(u), label(v));
        write!(out, "    <edge source=\"n{source}\" target=\"n{target}\"")?;
        match graph.annotation(u, v) {
            Some(word) => writeln!(out, "><data key=\"{ATTRIBUTE}\">{word}</data></edge>")?,
            None => out.write_str("/>\n")?,
        }
    }
    out.write_str("  </graph>\n</graphml>\n")
}

/// Writes DOT, Graphviz's language: nodes are named by their labels (or numbers, without labels), annotations are the
/// edge attribute `latency_ns`.
///
/// # Panics
/// When there are fewer labels than nodes.
pub fn dot(graph: &Graph, labels: Option<&[u64]>, out: &mut impl Write) -> Result {
    let label = labelling(graph, labels);
    out.write_str("graph topology {\n")?;
    for node in 0..graph.nodes() {
        writeln!(out, "  {};", label(node))?;
    }
    for (u, v) in graph.edge_pairs() {
        write!(out, "  {} -- {}", label(u), label(v))?;
        match graph.annotation(u, v) {
            Some(word) => writeln!(out, " [{ATTRIBUTE}={word}];")?,
            None => out.write_str(";\n")?,
        }
    }
    out.write_str("}\n")
}

/// The name of each node.
fn labelling<'a>(graph: &Graph, labels: Option<&'a [u64]>) -> impl Fn(u32) -> u64 + use<'a> {
    if let Some(labels) = labels {
        assert!(labels.len() >= graph.nodes() as usize, "every node has a label");
    }
    move |node| labels.map_or(u64::from(node), |labels| labels[node as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::snapshot;

    fn written(write: impl Fn(&Graph, Option<&[u64]>, &mut String) -> Result, list: &str) -> String {
        let snapshot = snapshot::parse(list.as_bytes(), 1_000_000).unwrap();
        let mut text = String::new();
        write(&snapshot.graph, Some(&snapshot.labels), &mut text).unwrap();
        text
    }

    #[test]
    fn dot_keeps_labels_and_latencies() {
        let text = written(dot, "7 900 5\n40 7 6\n3 3 1\n");
        let expected = "graph topology {\n  3;\n  7;\n  40;\n  900;\n  7 -- 40 [latency_ns=6000000];\n  \
                        7 -- 900 [latency_ns=5000000];\n}\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn without_labels_nodes_are_named_by_number() {
        let mut text = String::new();
        dot(&Graph::from_edges(2, &[(1, 0)], None), None, &mut text).unwrap();
        assert_eq!(text, "graph topology {\n  0;\n  1;\n  0 -- 1;\n}\n");
    }

    #[test]
    fn graphml_keeps_labels_and_latencies() {
        let text = written(graphml, "7 900 5\n40 7 6\n");
        assert!(
            text.contains("<node id=\"n40\"><data key=\"label\">40</data></node>"),
            "{text}"
        );
        let edge = "<edge source=\"n7\" target=\"n900\"><data key=\"latency_ns\">5000000</data></edge>";
        assert!(text.contains(edge), "{text}");
        check_well_formed(&text);
        let bare = written(graphml, "7 900\n40 7\n");
        assert!(bare.contains("<edge source=\"n7\" target=\"n40\"/>"), "{bare}");
        assert!(!bare.contains(ATTRIBUTE), "{bare}");
        check_well_formed(&bare);
    }

    /// One root, every tag closed by its own kind in the right order, attributes quoted: all the XML there is here.
    fn check_well_formed(text: &str) {
        let body = text
            .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
            .expect("a declaration comes first");
        let mut open = Vec::new();
        let mut roots = 0;
        for piece in body.split('<').skip(1) {
            let (tag, content) = piece.split_once('>').expect("every < has its >");
            assert!(
                !content.contains(['&', '>']),
                "content needs no escapes: {content}"
            );
            assert_eq!(tag.matches('"').count() % 2, 0, "quotes come in pairs: {tag}");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
            } else {
                roots += u32::from(open.is_empty());
                let name = tag
                    .split([' ', '\n', '/'])
                    .next()
                    .expect("split gives at least one");
                if !tag.ends_with('/') {
                    open.push(name);
                }
            }
        }
        assert!(open.is_empty(), "unclosed: {open:?}");
        assert_eq!(roots, 1);
    }
}
