// Asks URL with fetch until an answer is whole and good, as a client that tries again does.
const url = process.argv[2];
for (let attempt = 0; attempt < 6; attempt += 1) {
  try {
    const answer = await fetch(url);
    const text = await answer.text();
    if (answer.status === 503) continue;
    console.log(answer.status, text);
    break;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
