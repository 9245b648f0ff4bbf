/** What an image is made of, for programs (CycloneDX 1.6, JSON) and for people (licences with their texts). */
import { Contrib, Enums, Models, Serialize, Spec, SPDX } from '@cyclonedx/cyclonedx-library'
import type { Component } from './components.ts'

export interface Described {
  readonly name: string
  readonly version: string
  readonly components: readonly Component[]
}

/** The same components give the same document: it carries neither a time nor a number of its own. */
export function billOfMaterials({ name, version, components }: Described): string {
  const bom = new Models.Bom()
  const licenses = new Contrib.License.Factories.LicenseFactory(refuseNoExpression)
  const made = (
    type: Enums.ComponentType,
    { license, purl, ...of }: Pick<Component, 'name' | 'version' | 'license' | 'purl'>,
  ) => {
    const component = new Models.Component(type, of.name, { version: of.version, purl, bomRef: purl })
    component.licenses.add(licenses.makeFromString(license))
    return component
  }
  const ours = `pkg:oci/zonecast/${name}@${version}`
  bom.metadata.component = made(Enums.ComponentType.Container, {
    name: `zonecast/${name}`,
    version,
    license: 'Apache-2.0',
    purl: ours,
  })
  for (const { parts, ...of } of components) {
    const component = made(Enums.ComponentType.Library, of)
    for (const part of parts) {
      const bomRef = `${of.purl}#${part.name}`
      component.components.add(new Models.Component(Enums.ComponentType.Library, part.name, { version: part.version, bomRef }))
    }
    bom.components.add(component)
    bom.metadata.component.dependencies.add(component.bomRef)
  }
  return new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)).serialize(bom, {
    sortLists: true,
    space: 2,
  })
}

/** One line a component, and below them the texts. */
export function licenceList({ name, version, components }: Described): string {
  const lines = components.map((one) => `${one.name} ${one.version}: ${one.license}`)
  const texts = components.map((one) => `${'='.repeat(80)}\n${one.name} ${one.version}\n\n${one.text}\n`)
  return [`zonecast/${name} ${version}: Apache-2.0, see LICENSE and NOTICE. It contains:`, '', ...lines, '', ...texts].join('\n')
}

/** Throws where it is neither of several licences nor of one with an exception (SPDX 2.3 annex D). */
function refuseNoExpression(text: string): void {
  const [first, ...others] = text.replaceAll(/[()]/g, '').split(/ (?:AND|OR|WITH) /)
  const isKnown = (part: string) => SPDX.isSupportedSpdxId(part) || /-exception(-[\d.]+)?$/.test(part)
  if (others.length === 0 || !SPDX.isSupportedSpdxId(first) || !others.every((part: string) => isKnown(part))) {
    throw new RangeError(`${text} is no SPDX expression`)
  }
}
