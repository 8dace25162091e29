/** A Nexus service, as both its worker and the workflows that call it know it. */
import * as nexus from 'nexus-rpc';

export const printing = nexus.service('printing', {
  print: nexus.operation<string, string>(),
  preview: nexus.operation<string, string>(),
});
