import { useState } from 'react'
import { CodeBlock } from '@/features/markdown/components/CodeBlock'
import { useModel } from '@/features/composer/hooks/useModel'
import { Button } from '@/ui/Button'
import { CopyButton } from '@/ui/CopyButton'

const WAYS = ['curl', 'Python', 'JavaScript'] as const

/** The key, this once, with a first call that can be copied as it is. */
export function NewKey({ value, onDone }: { value: string; onDone: () => void }) {
  const [way, setWay] = useState<(typeof WAYS)[number]>('curl')
  const { model } = useModel()
  const sample = SAMPLES[way](location.origin, value, model?.id ?? 'default')
  return (
    <div role="group" aria-label="The new key" className="rises mt-5 rounded-xl border border-accent/40 bg-wash p-4">
      <p className="text-sm font-medium">Copy the key now: it is not shown again.</p>
      <div className="mt-2 flex items-center gap-2 rounded-lg border border-edge bg-raised py-1 pr-1 pl-3">
        <code className="min-w-0 flex-1 text-sm break-all">{value}</code>
        <CopyButton text={() => value} label="Copy the key" />
      </div>
      <div role="group" aria-label="Language of the sample" className="mt-4 mb-2 flex gap-1">
        {WAYS.map((one) => (
          <button key={one} type="button" aria-pressed={one === way} onClick={() => { setWay(one) }} className="rounded-lg px-3 py-1.5 text-sm text-soft hover:bg-hover aria-pressed:bg-raised aria-pressed:font-medium aria-pressed:text-ink">{one}</button>
        ))}
      </div>
      <CodeBlock code={sample} language={way === 'curl' ? 'bash' : way.toLowerCase()} />
      <Button className="mt-4" onClick={onDone}>I have copied it</Button>
    </div>
  )
}

const SAMPLES: Record<(typeof WAYS)[number], (address: string, key: string, model: string) => string> = {
  curl: (address, key, model) => `curl ${address}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello!"}]}'`,
  Python: (address, key, model) => `from openai import OpenAI

client = OpenAI(base_url="${address}/v1", api_key="${key}")
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)`,
  JavaScript: (address, key, model) => `import OpenAI from 'openai'

const client = new OpenAI({ baseURL: '${address}/v1', apiKey: '${key}' })
const answer = await client.chat.completions.create({
  model: '${model}',
  messages: [{ role: 'user', content: 'Hello!' }],
})
console.log(answer.choices[0].message.content)`,
}
