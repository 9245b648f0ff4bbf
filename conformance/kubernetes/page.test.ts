/** The operator's page says what the allow matrix says. */
import assert from 'node:assert/strict'
import { kubernetesPage } from '@zonecast/deploy'
import { test } from 'vitest'

test('docs/operating/kubernetes.md has the matrix as it is; node deploy/page.ts writes it', async () => {
  const { is, wanted } = await kubernetesPage()
  assert.equal(is, wanted)
})
