/** What a tab shows. */
export interface TabView {
  readonly root: HTMLElement;
  /** It is in sight: what changes is followed from now on. */
  show?(): void;
  /** It is out of sight. */
  hide?(): void;
  /** Gives the focus to what a person would use first. */
  focus(): void;
  /** Also takes back the addresses of the pictures. */
  dispose(): void;
}
