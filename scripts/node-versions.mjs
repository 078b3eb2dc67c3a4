/** The versions of Node.js that the package is made for, oldest first: the least that `engines` of package.json allows, and the newest of each
 * major version that gets fixes. */
export const nodeVersions = ['20.19', '22', '24'];
