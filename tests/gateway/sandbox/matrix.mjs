// Holds conversations over a gateway with OpenAI's Node package: each plain and streamed.
// Reads [{slug, name, fields}] as JSON, prints what came back to each in the same order.
import OpenAI from 'openai';
import { readFileSync } from 'node:fs';

const AT_ONCE = 16;
const client = new OpenAI({
  baseURL: `${process.env.MIAVO_URL}/v1`,
  apiKey: process.env.MIAVO_API_KEY,
  maxRetries: 0,
});

const said = (message, finish, usage) => ({
  text: message.content ?? '',
  reasoning: message.reasoning_content ?? '',
  refusal: message.refusal ?? '',
  calls: (message.tool_calls ?? []).map((call) => [
    call.id,
    call.function.name,
    call.function.arguments,
  ]),
  finish,
  prompt_tokens: usage.prompt_tokens,
  output_tokens: usage.completion_tokens,
  cached_tokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
  reasoning_tokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
});

async function plain(body) {
  const reply = await client.chat.completions.create(body);
  return said(reply.choices[0].message, reply.choices[0].finish_reason, reply.usage);
}

// The package's own helper puts the chunks together.
async function streamed(body) {
  const runner = client.chat.completions.stream({
    ...body,
    stream_options: { include_usage: true },
  });
  let reasoning = '';
  let usage;
  runner.on('chunk', (chunk) => {
    reasoning += chunk.choices[0]?.delta?.reasoning_content ?? '';
    usage = chunk.usage ?? usage;
  });
  const reply = await runner.finalChatCompletion();
  const message = { ...reply.choices[0].message, reasoning_content: reasoning };
  return said(message, reply.choices[0].finish_reason, usage);
}

async function tried(way, body) {
  try {
    return { said: await way(body) };
  } catch (error) {
    return {
      error: { status: error.status, code: error.code, param: error.param, message: error.message },
    };
  }
}

const asked = JSON.parse(readFileSync(0, 'utf8'));
const answers = new Array(asked.length);
let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (next < asked.length) {
      const turn = next++;
      const body = { model: asked[turn].slug, ...asked[turn].fields };
      answers[turn] = {
        plain: await tried(plain, body),
        streamed: await tried(streamed, body),
      };
    }
  }),
);
process.stdout.write(JSON.stringify(answers));
