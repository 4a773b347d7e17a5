/** What went wrong, with what to do about it as `hint:` at the end. */
export class TestimonyError extends Error {
  /**
   * @param {string} message
   * @param {string} [hint]
   * @param {string} [word] the word of the admin API for it (`no-cassette`), where it comes from there
   */
  constructor(message, hint, word) {
    super(hint ? `${message}\nhint: ${hint}` : message);
    this.name = 'TestimonyError';
    this.word = word;
  }
}
