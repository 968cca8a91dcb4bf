// By default the number of a module comes from a path that begins at the root of the machine, and with it names of files.
module.exports = { optimization: { moduleIds: "natural" } };
