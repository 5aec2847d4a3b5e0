package fence

// metadata describes the agent to Pacemaker, crmsh and pcs.
const metadata = `<?xml version="1.0"?>
<resource-agent name="fence_ocflab" shortdesc="Power control of ocfbox laboratory nodes">
<longdesc>Switches nodes of a laboratory made by ocflab. It verifies that a node it switched off is off.</longdesc>
<vendor-url>https://localhost/</vendor-url>
<parameters>
<parameter name="action" unique="0" required="0">
<getopt mixed="-o, --action=[action]"/>
<content type="string" default="reboot"/>
<shortdesc lang="en">Fencing action</shortdesc>
</parameter>
<parameter name="port" unique="0" required="0">
<getopt mixed="-n, --plug=[name]"/>
<content type="string"/>
<shortdesc lang="en">Name of the node to act on</shortdesc>
</parameter>
<parameter name="power_timeout" unique="0" required="0">
<content type="second" default="10"/>
<shortdesc lang="en">Seconds a node may take to reach the state it was switched to</shortdesc>
</parameter>
</parameters>
<actions>
<action name="on" automatic="0"/>
<action name="off"/>
<action name="reboot"/>
<action name="status"/>
<action name="monitor"/>
<action name="list"/>
<action name="metadata"/>
<action name="validate-all"/>
</actions>
</resource-agent>
`
