/** What a tab shows. */
export interface TabView {
  readonly root: HTMLElement;
  /** Gives the focus to what a person would use first. */
  focus(): void;
  /** Also takes back the addresses of the pictures. */
  dispose(): void;
}
