/** What the plugin's benchmark runs, as its driver, its workers and its workflows know it. */
export interface PluginCall {
  readonly name: 'look' | 'note' | 'publish';
  readonly calls: number;
  /** Of its one argument. */
  readonly bytes: number;
}

export interface PluginWorkerPlan {
  readonly contender: PluginContender;
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
}

export const PLUGIN_CONTENDERS = ['without', 'with'] as const;
export type PluginContender = (typeof PLUGIN_CONTENDERS)[number];
