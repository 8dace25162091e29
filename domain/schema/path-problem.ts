/** What is wrong in a document, and where. */
export interface PathProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}
