// Calls a gateway with OpenAI's Node package; prints one JSON object of what came back.
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.MIAVO_URL}/v1`,
  apiKey: process.env.MIAVO_API_KEY,
  maxRetries: 0,
});
const model = process.env.MIAVO_MODEL;
const messages = [{ role: 'user', content: 'What is the weather in Paris?' }];
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const seen = {};

const models = await client.models.list();
seen.models = models.data.map((each) => each.id);

const plain = await client.chat.completions.create({ model, messages, max_tokens: 16 });
seen.plain = plain.choices[0].message.content;

const stream = await client.chat.completions.create({
  model,
  messages,
  max_tokens: 16,
  stream: true,
  stream_options: { include_usage: true },
});
seen.streamed = '';
for await (const chunk of stream) {
  seen.streamed += chunk.choices[0]?.delta?.content ?? '';
  seen.usage = chunk.usage ?? seen.usage;
}

const forced = await client.chat.completions.create({
  model,
  messages,
  max_tokens: 120,
  tools: [{ type: 'function', function: { name: 'weather', parameters } }],
  tool_choice: { type: 'function', function: { name: 'weather' } },
});
seen.toolArguments = JSON.parse(forced.choices[0].message.tool_calls[0].function.arguments);

const json = await client.chat.completions.create({
  model,
  messages,
  max_tokens: 200,
  response_format: { type: 'json_object' },
});
seen.json = JSON.parse(json.choices[0].message.content);

const strict = await client.chat.completions.create({
  model,
  messages,
  max_tokens: 200,
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'place', strict: true, schema: parameters },
  },
});
seen.strict = JSON.parse(strict.choices[0].message.content);

try {
  await client.chat.completions.create({ model: 'claude-opus-4-7', messages });
} catch (error) {
  seen.error = { status: error.status, code: error.code };
}

console.log(JSON.stringify(seen));
