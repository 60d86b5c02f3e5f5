// A dashboard's classic JSON as a scene of @grafana/scenes: what Grafana does when it loads one. Ours, not Grafana's:
// so it reads only what our dashboards hold, and whatever else a file may hold is told as an error, never overlooked.
import {
  CustomVariable,
  DataSourceVariable,
  EmbeddedScene,
  QueryVariable,
  SceneDataTransformer,
  SceneGridItem,
  SceneGridLayout,
  SceneGridRow,
  SceneQueryRunner,
  SceneRefreshPicker,
  SceneControlsSpacer,
  SceneTimePicker,
  SceneTimeRange,
  SceneVariableSet,
  TextBoxVariable,
  VariableValueSelectors,
  VizPanel,
  behaviors,
} from '@grafana/scenes';
import { problem } from './harness.js';
import { plugins } from './panels.jsx';

export function sceneOf(board) {
  only('dashboard', board, BOARD);
  return new EmbeddedScene({
    $timeRange: new SceneTimeRange({ from: board.time.from, to: board.time.to, timeZone: 'utc' }),
    $variables: new SceneVariableSet({ variables: board.templating.list.map(variable) }),
    $behaviors: [new behaviors.CursorSync({ sync: board.graphTooltip })],
    controls: [new VariableValueSelectors({}), new SceneControlsSpacer(), new SceneTimePicker({}), new SceneRefreshPicker({})],
    body: new SceneGridLayout({ isLazy: false, children: items(board.panels) }),
  });
}

const BOARD = `uid title description tags schemaVersion version editable graphTooltip fiscalYearStartMonth weekStart timezone refresh time timepicker
  links liveNow annotations templating panels`;
const PANEL = `id type title description datasource gridPos fieldConfig options targets transformations interval maxDataPoints timeFrom transparent`;
const VARIABLE = `name label type description datasource query current options hide refresh regex sort multi includeAll allValue skipUrlSync`;

function only(what, object, known) {
  const names = known.split(/\s+/);
  for (const key of Object.keys(object)) if (!names.includes(key)) problem(`${what} "${object.title ?? object.name}": "${key}" is not read here`);
}

// ── variables ──

function variable(told) {
  only('variable', told, VARIABLE);
  const common = { name: told.name, label: told.label, description: told.description, hide: told.hide, skipUrlSync: told.skipUrlSync };
  const several = { isMulti: told.multi, includeAll: told.includeAll, allValue: told.allValue };
  const current = told.current?.value !== undefined ? { value: told.current.value, text: told.current.text } : {};
  switch (told.type) {
    case 'datasource':
      return new DataSourceVariable({ ...common, ...several, ...current, pluginId: told.query, regex: told.regex });
    case 'query':
      return new QueryVariable({ ...common, ...several, ...current, datasource: told.datasource, query: told.query, refresh: told.refresh, regex: told.regex, sort: told.sort });
    case 'custom':
      return new CustomVariable({ ...common, ...several, ...current, query: told.query });
    case 'textbox':
      return new TextBoxVariable({ ...common, value: told.current?.value ?? told.query });
    default:
      throw new Error(`variable ${told.name}: type ${told.type} is not read here`);
  }
}

// ── panels ──

// An open row holds what stands below it until the next row; a closed one brings its panels along.
function items(panels) {
  const found = [];
  let row = null;
  for (const told of panels) {
    if (told.type === 'row') {
      row = new SceneGridRow({ key: `panel-${told.id}`, title: told.title, isCollapsed: told.collapsed, y: told.gridPos.y, children: told.panels.map(item) });
      found.push(row);
      if (told.collapsed) row = null;
    } else if (row) {
      row.setState({ children: [...row.state.children, item(told)] });
    } else {
      found.push(item(told));
    }
  }
  return found;
}

function item(told) {
  only('panel', told, PANEL);
  const { x, y, w, h } = told.gridPos;
  return new SceneGridItem({ x, y, width: w, height: h, isResizable: false, isDraggable: false, body: panel(told) });
}

function panel(told) {
  knownOverrides(told);
  const queries = new SceneQueryRunner({
    datasource: told.datasource, queries: told.targets, minInterval: told.interval,
    ...(told.maxDataPoints ? { maxDataPoints: told.maxDataPoints } : { maxDataPointsFromWidth: true }),
  });
  return new VizPanel({
    key: `panel-${told.id}`, pluginId: told.type, title: told.title, description: told.description, options: told.options, fieldConfig: told.fieldConfig,
    displayMode: told.transparent ? 'transparent' : 'default',
    ...(told.timeFrom ? { $timeRange: new SceneTimeRange({ from: `now-${told.timeFrom}`, to: 'now', timeZone: 'utc' }) } : {}),
    $data: new SceneDataTransformer({ $data: queries, transformations: told.transformations ?? [] }),
  });
}

// An override of an option that the panel does not have is dropped in silence: a misspelt name is seen nowhere.
function knownOverrides(told) {
  const registry = plugins.get(told.type)?.fieldConfigRegistry;
  if (!registry) return;
  const custom = Object.keys(told.fieldConfig.defaults.custom ?? {}).map((name) => `custom.${name}`);
  const standard = Object.keys(told.fieldConfig.defaults).filter((name) => name !== 'custom');
  const overridden = told.fieldConfig.overrides.flatMap((one) => one.properties.map((property) => property.id));
  for (const id of [...custom, ...standard, ...overridden]) {
    if (!registry.getIfExists(id)) problem(`panel "${told.title}": a ${told.type} has no option "${id}"`);
  }
}
