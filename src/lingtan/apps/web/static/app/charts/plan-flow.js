// Energy of the year from supplies over nodes and converters to needs.
const most = (text, n) => (text.length > n ? `${text.slice(0, n - 1)}…` : text);
export const option = (d, look) => {
  const labels = new Map(d.nodes.map((n) => [n.name, n.label]));
  const say = (v) => v.toLocaleString("en", { maximumFractionDigits: v < 10 ? 2 : 1 });
  const from = new Set(d.links.map((l) => l.source));
  return {
    tooltip: { formatter: (p) => (p.dataType === "edge" ? `${labels.get(p.data.source)} → ${labels.get(p.data.target)}\n${say(p.data.value)} ${d.unit}` : `${labels.get(p.name)}\n${say(p.value)} ${d.unit}`) },
    series: [{
      type: "sankey", left: 8, right: 210, top: 8, bottom: 8, nodeGap: 12, nodeWidth: 12, draggable: false, nodeAlign: "left", emphasis: { focus: "adjacency" },
      data: d.nodes.map((n, i) => ({ name: n.name, itemStyle: { color: n.name.startsWith("n:") ? "#0b6e4f" : look.palette[(i % (look.palette.length - 1)) + 1] }, label: { position: from.has(n.name) ? "right" : "right" } })),
      links: d.links,
      lineStyle: { color: "gradient", opacity: 0.3, curveness: 0.5 },
      label: { color: look.ink, fontSize: 12, formatter: (p) => `${most(labels.get(p.name), 26)} ${say(p.value)}` },
    }],
  };
};
