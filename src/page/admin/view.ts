/** One of the lists below the numbers. */
export interface View {
  readonly element: HTMLElement;
  /**
   * Asks for what it shows, and shows it.
   *
   * @throws ApiError
   */
  refresh(): Promise<void>;
}
