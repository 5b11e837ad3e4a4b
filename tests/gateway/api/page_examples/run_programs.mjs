// Runs programs one beside the other and prints what became of each, as one JSON object.
//
// From standard input: { files: { slug: path }, downloads: folder }. What a program prints is told
// apart by running those that print one after the other; what one downloads is written to disk as
// it arrives, which the page leaves to its reader. The wait between two questions after a video is
// cut short: nobody's clock is part of what is promised.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const { files, downloads } = JSON.parse(await text(process.stdin));
const seen = Object.fromEntries(Object.keys(files).map((slug) => [slug, { printed: [] }]));

const wait = globalThis.setTimeout;
globalThis.setTimeout = (call, milliseconds, ...rest) =>
  wait(call, milliseconds === 5000 ? 100 : milliseconds, ...rest);

const slugOf = new Map();
const writing = [];
const ask = globalThis.fetch;
globalThis.fetch = async (address, options = {}) => {
  const answer = await ask(address, options);
  const type = answer.headers.get('content-type') ?? '';
  if (type.startsWith('application/json') && String(address).includes('/v1/videos/')) {
    const task = await answer.clone().json();
    const asked = options.method === 'POST' ? JSON.parse(options.body).model : undefined;
    const slug = asked ?? slugOf.get(task.id);
    if (!slug) return answer;
    slugOf.set(task.id, slug);
    seen[slug].task = task;
    if (task.video_url) slugOf.set(task.video_url, slug);
  } else if (type.startsWith('video/')) {
    const { pathname, search } = new URL(address);
    const slug = slugOf.get(pathname + search);
    const path = join(downloads, `${slug}.mp4`);
    seen[slug].file = path;
    seen[slug].status = answer.status;
    writing.push(
      pipeline(Readable.fromWeb(answer.clone().body), createWriteStream(path)).then(() =>
        answer.arrayBuffer(),
      ),
    );
  }
  return answer;
};

async function run(slug, file) {
  try {
    await import(pathToFileURL(file));
  } catch (error) {
    seen[slug].error = { message: error.message, status: error.status, code: error.code };
  }
}

const films = Object.entries(files).filter(([, file]) => file.includes('video'));
const rendering = Promise.all(films.map(([slug, file]) => run(slug, file)));
const print = console.log;
for (const [slug, file] of Object.entries(files)) {
  if (file.includes('video')) continue;
  console.log = (...words) => seen[slug].printed.push(words.map(String).join(' '));
  await run(slug, file);
}
await rendering;
await Promise.all(writing);
console.log = print;
console.log(JSON.stringify(seen));
