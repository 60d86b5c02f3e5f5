// What Grafana's core gives its libraries when it starts, as far as drawing a dashboard needs it. Ours, not Grafana's.
import {
  FieldConfigProperty,
  PluginType,
  booleanOverrideProcessor,
  createTheme,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  getProcessedDataFrames,
  identityOverrideProcessor,
  LoadingState,
  locationUtil,
  numberOverrideProcessor,
  setTimeZoneResolver,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import { config, setDataSourceSrv, setPluginImportUtils, setRunRequest } from '@grafana/runtime';
import { sceneGraph } from '@grafana/scenes';
import { catchError, concat, from, map, of } from 'rxjs';

export function startRuntime({ sources, plugins, theme }) {
  config.theme2 = createTheme({ colors: { mode: theme } });
  config.theme = config.theme2.v1;
  setTimeZoneResolver(() => 'utc');
  locationUtil.initialize({
    config: { appSubUrl: '' },
    getTimeRangeForUrl: () => ({ from: 'now-24h', to: 'now' }),
    getVariablesUrlParams: () => ({}),
  });
  standardFieldConfigEditorRegistry.setInit(standardFields);
  standardTransformersRegistry.setInit(transformers);
  setPluginImportUtils({
    importPanelPlugin: (id) =>
      plugins.has(id) ? Promise.resolve(plugins.get(id)) : Promise.reject(new Error(`no panel of type ${id} here`)),
    getPanelPluginFromCache: (id) => plugins.get(id),
  });
  setRunRequest(runRequest);
  setDataSourceSrv(new Sources(sources));
}

export const pluginMeta = (id, type) => ({
  id,
  name: id,
  type,
  module: '',
  baseUrl: '',
  info: { author: { name: '' }, description: '', links: [], logos: { large: '', small: '' }, screenshots: [], updated: '', version: '' },
});

// The options that every field has, by the names that overrides call them.
function standardFields() {
  const processors = {
    [FieldConfigProperty.DisplayName]: displayNameOverrideProcessor,
    [FieldConfigProperty.Unit]: unitOverrideProcessor,
    [FieldConfigProperty.Min]: numberOverrideProcessor,
    [FieldConfigProperty.Max]: numberOverrideProcessor,
    [FieldConfigProperty.FieldMinMax]: booleanOverrideProcessor,
    [FieldConfigProperty.Decimals]: numberOverrideProcessor,
    [FieldConfigProperty.Thresholds]: thresholdsOverrideProcessor,
    [FieldConfigProperty.Mappings]: valueMappingsOverrideProcessor,
    [FieldConfigProperty.NoValue]: stringOverrideProcessor,
    [FieldConfigProperty.Links]: dataLinksOverrideProcessor,
    [FieldConfigProperty.Color]: identityOverrideProcessor,
    [FieldConfigProperty.Filterable]: booleanOverrideProcessor,
    [FieldConfigProperty.Actions]: identityOverrideProcessor,
  };
  return Object.entries(processors).map(([id, process]) => fieldOption(id, process));
}

export function fieldOption(id, process = identityOverrideProcessor, defaultValue = undefined) {
  return { id, path: id, name: id, description: '', process, defaultValue, shouldApply: () => true, editor: () => null, override: () => null };
}

function transformers() {
  const known = new Map(Object.values(standardTransformers).map((one) => [one.id, one])); // some ids come twice
  return [...known.values()].map((one) => ({ id: one.id, name: one.name, transformation: () => Promise.resolve(one), editor: () => null }));
}

function runRequest(source, request, query) {
  const result = { series: [], timeRange: request.range, request };
  return concat(
    of({ ...result, state: LoadingState.Loading }),
    from(query ? query(request) : source.query(request)).pipe(
      map(({ data }) => ({ ...result, state: LoadingState.Done, series: getProcessedDataFrames(data) })),
      catchError((error) => of({ ...result, state: LoadingState.Error, errors: [{ message: error.message }] })),
    ),
  );
}

// Data sources by uid; a uid may be a variable, as in every panel of ours.
class Sources {
  constructor(sources) {
    this.sources = sources;
  }

  async get(ref, scopedVars) {
    const asked = typeof ref === 'string' ? ref : (ref?.uid ?? '');
    const scene = scopedVars?.__sceneObject?.value.valueOf();
    const uid = scene ? sceneGraph.interpolate(scene, asked) : asked;
    const found = this.sources.find((source) => source.uid === uid);
    if (!found) throw new Error(`no data source has the uid ${uid}`);
    if (ref.type && ref.type !== found.type) throw new Error(`data source ${uid} is of type ${found.type}, not ${ref.type}`);
    return found;
  }

  getList({ pluginId } = {}) {
    return this.sources.filter((source) => !pluginId || source.type === pluginId).map((source) => source.instanceSettings);
  }

  getInstanceSettings(ref) {
    const uid = typeof ref === 'string' ? ref : ref?.uid;
    return this.sources.find((source) => source.uid === uid)?.instanceSettings;
  }

  reload() {}
}

export function settingsOf(told) {
  return {
    id: 1, uid: told.uid, name: told.name, type: told.type, access: 'proxy', readOnly: true, jsonData: {},
    meta: { ...pluginMeta(told.type, PluginType.datasource), metrics: true },
  };
}
