// Stand-ins for Grafana's data source plugins, whose other half is a server in Go. Variables are filled in by
// @grafana/scenes; what then comes to Prometheus, or to a database, is asked there for real (bridge.py).
import { DataSourceApi, FieldType, rangeUtil, toDataFrame } from '@grafana/data';
import { sceneGraph } from '@grafana/scenes';
import { problem } from './harness.js';
import { settingsOf } from './runtime.js';

export const sourceOf = (told) => (told.type === 'prometheus' ? new Prometheus(told) : new Sql(told));

class Source extends DataSourceApi {
  constructor(told) {
    super(settingsOf(told));
    this.instanceSettings = settingsOf(told);
    this.path = `/source/${encodeURIComponent(told.uid)}`;
  }

  testDatasource() {
    return Promise.resolve({});
  }

  // With its variables. One that nobody knows stays as it stands, and often no error follows: it is told here.
  filled(text, scopedVars, format, isMacro = () => false) {
    const scene = scopedVars.__sceneObject.value.valueOf();
    const found = [];
    const done = sceneGraph.interpolate(scene, text, scopedVars, format, found);
    for (const one of found) {
      if (!one.found && !isMacro(one.variableName)) problem(`undefined variable ${one.match} in: ${text}`);
    }
    return done;
  }
}

// ── Prometheus ──

const SCRAPE = 15; // seconds; what an administrator has told the data source

class Prometheus extends Source {
  async query(request) {
    const seconds = request.range.to.unix() - request.range.from.unix();
    const frames = [];
    for (const target of request.targets) {
      if (target.hide) continue;
      const least = target.interval ? rangeUtil.intervalToSeconds(target.interval) : 0;
      const step = Math.max(request.intervalMs / 1000, least, Math.ceil(seconds / 11_000));
      const rate = Math.max(step + SCRAPE, 4 * SCRAPE);
      const more = { __rate_interval: `${rate}s`, __interval: `${step}s`, __interval_ms: step * 1000, __range: `${seconds}s`, __range_s: seconds, __range_ms: seconds * 1000 };
      const scopedVars = { ...request.scopedVars };
      for (const [name, value] of Object.entries(more)) scopedVars[name] = { text: value, value };
      const expr = this.filled(target.expr, scopedVars, escaped);
      const answered = [];
      if (target.range !== false && !(target.instant && target.range === undefined)) {
        // Grafana moves both ends to a multiple of the step, so that a reload shows the same points.
        const cut = (moment) => Math.floor(moment.unix() / step) * step;
        answered.push(...(await this.ask('query_range', { query: expr, start: cut(request.range.from), end: cut(request.range.to), step })));
      }
      if (target.instant) answered.push(...(await this.ask('query', { query: expr, time: request.range.to.unix() })));
      frames.push(...(target.format === 'table' ? tables(answered, target, request.targets) : answered.map((row) => series(row, target))));
    }
    return { data: frames };
  }

  async metricFindQuery(query, { scopedVars, range }) {
    const text = this.filled(typeof query === 'string' ? query : query.query, scopedVars, escaped);
    const values = /^label_values\((?:(.+),\s*)?(\w+)\)$/s.exec(text);
    const result = /^query_result\((.+)\)$/s.exec(text);
    const times = { start: range.from.unix(), end: range.to.unix() };
    if (values) {
      const [, selector, label] = values;
      const told = await this.get(`label/${label}/values`, { ...times, ...(selector ? { 'match[]': selector } : {}) });
      return told.map((value) => ({ text: value }));
    }
    if (result) {
      const rows = await this.ask('query', { query: result[1], time: times.end });
      return rows.map(({ metric, values: [[at, value]] }) => ({ text: `${shown(metric)} ${value} ${at * 1000}` }));
    }
    throw new Error(`a variable's query that is not understood here: ${text}`);
  }

  async ask(kind, parameters) {
    const { result, resultType } = await this.get(kind, parameters);
    if (resultType === 'scalar') return [{ metric: {}, values: [result] }];
    return result.map(({ metric, value, values }) => ({ metric, values: values ?? [value] }));
  }

  async get(kind, parameters) {
    const answer = await fetch(`${this.path}/api/v1/${kind}?${new URLSearchParams(parameters)}`);
    const told = await answer.json();
    if (told.status !== 'success') throw new Error(`${told.error}, in: ${parameters.query ?? kind}`);
    return told.data;
  }
}

// How Grafana writes values into PromQL: several, or one that could be several, as a regular expression.
function escaped(value, variable) {
  const one = (text) => String(text).replace(/\\/g, '\\\\\\\\').replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
  if (!variable.multi && !variable.includeAll) return String(value).replace(/\\/g, '\\\\').replace(/'/g, "\\\\'");
  if (!Array.isArray(value)) return one(value);
  return value.length === 1 ? one(value[0]) : `(${value.map(one).join('|')})`;
}

const shown = ({ __name__: name = '', ...labels }) =>
  `${name}{${Object.entries(labels).map(([key, value]) => `${key}="${value}"`).join(', ')}}`;

function series({ metric, values }, target) {
  const legend = target.legendFormat;
  const name = !legend || legend === '__auto' ? shown(metric) : legend.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => metric[label] ?? '');
  return toDataFrame({
    refId: target.refId,
    meta: { type: 'timeseries-multi' },
    fields: [
      { name: 'Time', type: FieldType.time, values: values.map(([at]) => at * 1000), config: {} },
      { name: 'Value', type: FieldType.number, values: values.map(([, value]) => number(value)), labels: metric, config: { displayNameFromDS: name } },
    ],
  });
}

const number = (text) => ({ '+Inf': Infinity, '-Inf': -Infinity }[text] ?? Number(text));

function tables(rows, target, targets) {
  const labels = [...new Set(rows.flatMap(({ metric }) => Object.keys(metric).sort()))];
  const cells = rows.flatMap(({ metric, values }) => values.map(([at, value]) => ({ metric, at, value })));
  const value = targets.filter((one) => one.format === 'table').length > 1 ? `Value #${target.refId}` : 'Value';
  return [
    toDataFrame({
      refId: target.refId,
      fields: [
        { name: 'Time', type: FieldType.time, values: cells.map(({ at }) => at * 1000) },
        ...labels.map((label) => ({ name: label, type: FieldType.string, values: cells.map(({ metric }) => metric[label] ?? '') })),
        { name: value, type: FieldType.number, values: cells.map((cell) => number(cell.value)) },
      ],
    }),
  ];
}

// ── PostgreSQL and SQLite ──

class Sql extends Source {
  async query(request) {
    const asked = request.targets.filter((target) => !target.hide).map((target) => this.asked(target, request.scopedVars));
    const frames = await Promise.all(asked.map((target) => this.answer(target, request.range, request.intervalMs)));
    return { data: frames.flat() };
  }

  async metricFindQuery(query, { scopedVars, range }) {
    const text = typeof query === 'string' ? query : (query.rawSql ?? query.rawQueryText ?? query.query);
    const target = { refId: 'variable', rawSql: text, rawQueryText: text, format: 'table', queryType: 'table', timeColumns: [] };
    const [frame] = await this.answer(this.asked(target, scopedVars), range, 60_000);
    const column = (name) => frame.fields.find((field) => field.name === name);
    const texts = column('__text') ?? frame.fields[0];
    const values = column('__value') ?? texts;
    return Array.from({ length: frame.length }, (_, row) => ({ text: String(texts.values[row]), value: String(values.values[row]) }));
  }

  asked(target, scopedVars) {
    const filled = (sql) => sql && this.filled(sql, scopedVars, unquoted, (name) => MACROS.test(name));
    const sqlite = filled(target.rawQueryText);
    return { ...target, rawSql: filled(target.rawSql), rawQueryText: sqlite, queryText: sqlite };
  }

  async answer(target, range, interval) {
    const body = JSON.stringify({ target, from: range.from.valueOf(), to: range.to.valueOf(), interval });
    const answer = await fetch(this.path, { method: 'POST', body });
    const told = await answer.json();
    if (told.error) throw new Error(`${told.error}, in: ${target.rawSql ?? target.queryText}`);
    return told.frames.map(toDataFrame);
  }
}

const MACROS = /^__(time|timeEpoch|timeFilter|timeFrom|timeTo|timeGroup|timeGroupAlias|unixEpoch\w+)$/;

// Only numbers of Grafana's own come into SQL without a format: everything else has to say `:sqlstring`.
function unquoted(value, variable) {
  if (!variable.name.startsWith('__')) problem(`\${${variable.name}} stands in SQL without a format`);
  return String(value);
}
